package io.narrows.router.upstream;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Upstream over Netty, one connection per broker address. State is owned by the event loop given at construction, which
 * the caller shuts down; calls from other threads are handed over to it.
 */
public final class NettyUpstream implements Upstream, BrokerDirectory {
    private final EventLoop eventLoop;
    private final Loop loop;
    private final UpstreamSettings settings;
    private final UpstreamMetrics metrics;
    private final NettyClientUpstream.Fetches fetches;
    private final Random random;

    private final Links links = new Links();
    private final Map<InetSocketAddress, BrokerLink> byAddress = new HashMap<>();
    private boolean closed;

    /** Read by any thread; replaced by the loop. */
    private volatile Map<Integer, BrokerAddress> brokers = Map.of();

    /** Read by any thread; replaced by the loop when a connection became ready or brokers changed. */
    private volatile List<BrokerVersions> offered = List.of();

    /**
     * {@code fetchMemory} is for the answers to fetches of all clients; {@code random} spreads reconnects and choices
     * between equal brokers.
     */
    public NettyUpstream(
            EventLoop eventLoop,
            UpstreamSettings settings,
            MetricRegistry registry,
            ClientMemory fetchMemory,
            Random random) {
        this.eventLoop = eventLoop;
        this.loop = new NettyLoop(eventLoop);
        this.settings = settings;
        this.metrics = new UpstreamMetrics(registry, UpstreamMetrics.SHARED);
        this.fetches =
                new NettyClientUpstream.Fetches(new UpstreamMetrics(registry, UpstreamMetrics.FETCH), fetchMemory);
        this.random = random;
    }

    @Override
    public CompletableFuture<ApiMessage> send(
            Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
        Call<ApiMessage> call =
                new Call<>(target, new Call.Request(api, version, clientId, request), ResponseReader.MESSAGE);
        if (loop.inLoop()) {
            start(call);
        } else {
            loop.execute(() -> start(call));
        }
        return call.response();
    }

    @Override
    public ClientUpstream forClient(EventLoop clientLoop, String client) {
        return new NettyClientUpstream(
                clientLoop, client, new NettyClientUpstream.Common(settings, metrics, fetches, random, () -> brokers));
    }

    @Override
    public VersionRange versions(ApiKeys api) {
        List<BrokerVersions> known = offered;
        short min = 0;
        short max = known.isEmpty() ? -1 : Short.MAX_VALUE;
        for (BrokerVersions broker : known) {
            VersionRange range = broker.range(api);
            min = (short) Math.max(min, range.min());
            max = (short) Math.min(max, range.max());
        }
        return max < min ? new VersionRange((short) 0, (short) -1) : new VersionRange(min, max);
    }

    @Override
    public void brokers(Collection<BrokerAddress> now) {
        List<BrokerAddress> copy = List.copyOf(now);
        loop.execute(() -> replaceBrokers(copy));
    }

    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            List.copyOf(byAddress.values()).forEach(link -> link.close("This side is closing"));
            byAddress.clear();
        });
    }

    private void start(Call<?> call) {
        if (closed) {
            call.fail(new DisconnectException("This side is closed"));
            return;
        }
        call.expiresWith(loop.schedule(TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs()), () -> expire(call)));
        dispatch(call, new NetworkException("No broker is known"));
    }

    /** Sends to the next link that fits; {@code cause} is what the call fails with when there is none. */
    private void dispatch(Call<?> call, Throwable cause) {
        BrokerLink link;
        if (call.target() instanceof Target.BrokerId target) {
            BrokerAddress broker = brokers.get(target.id());
            if (broker == null) {
                call.fail(new NetworkException("Broker " + target.id() + " is not known"));
                return;
            }
            link = link(broker.address());
        } else {
            link = anyUntried(call);
        }
        if (link == null || !call.trying(link)) {
            call.fail(cause);
            return;
        }
        link.send(call);
    }

    /** In this order: own zone and connected, own zone, connected, any broker, bootstrap addresses. */
    private @Nullable BrokerLink anyUntried(Call<?> call) {
        List<BrokerAddress> shuffled = new ArrayList<>(brokers.values());
        Collections.shuffle(shuffled, random);
        List<BrokerLink> all = new ArrayList<>();
        List<BrokerLink> near = new ArrayList<>();
        for (BrokerAddress broker : shuffled) {
            BrokerLink link = link(broker.address());
            all.add(link);
            if (broker.zone().equals(settings.zone())) {
                near.add(link);
            }
        }
        List<BrokerLink> bootstrap = new ArrayList<>();
        settings.bootstrap().forEach(address -> bootstrap.add(link(address)));
        Predicate<BrokerLink> untried = link -> !call.hasTried(link) && !link.isBackingOff();
        for (List<BrokerLink> group : List.of(near, all, bootstrap)) {
            BrokerLink found = first(group, untried.and(BrokerLink::isReady));
            if (found == null && group != all) {
                found = first(group, untried);
            }
            if (found != null) {
                return found;
            }
        }
        return first(all, untried);
    }

    private static @Nullable BrokerLink first(List<BrokerLink> candidates, Predicate<BrokerLink> fits) {
        return candidates.stream().filter(fits).findFirst().orElse(null);
    }

    private BrokerLink link(InetSocketAddress address) {
        return byAddress.computeIfAbsent(address, key -> new BrokerLink(links, key));
    }

    private void expire(Call<?> call) {
        if (!call.isDone()) {
            metrics.requestTimeouts().inc();
            call.fail(new TimeoutException("No broker answered "
                    + call.request().api().name + " within " + settings.requestTimeoutMs() + " ms"));
            byAddress.values().forEach(link -> link.onTimeout(call));
        }
    }

    private void replaceBrokers(List<BrokerAddress> now) {
        if (closed) {
            return;
        }
        Map<Integer, BrokerAddress> byId = new HashMap<>();
        Set<InetSocketAddress> used = new HashSet<>(settings.bootstrap());
        for (BrokerAddress broker : now) {
            byId.put(broker.id(), broker);
            used.add(broker.address());
        }
        brokers = Map.copyOf(byId);
        List<BrokerLink> gone = new ArrayList<>();
        byAddress.forEach((address, link) -> {
            if (!used.contains(address)) {
                gone.add(link);
            }
        });
        gone.forEach(link -> {
            byAddress.remove(link.address());
            link.close("The broker has left");
        });
        now.forEach(broker -> link(broker.address()).broker(broker));
        refreshVersions();
    }

    private void refreshVersions() {
        List<BrokerVersions> known = new ArrayList<>();
        for (BrokerLink link : byAddress.values()) {
            BrokerVersions versions = link.versions();
            if (versions != null) {
                known.add(versions);
            }
        }
        offered = List.copyOf(known);
    }

    /** What links may ask of this class. */
    private final class Links implements BrokerLink.Owner {
        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        public UpstreamSettings settings() {
            return settings;
        }

        @Override
        public UpstreamMetrics metrics() {
            return metrics;
        }

        @Override
        public BrokerLink.Software software() {
            return BrokerLink.Software.PROXY;
        }

        @Override
        public double random() {
            return random.nextDouble();
        }

        @Override
        public void connect(BrokerLink link) {
            LinkChannels.connect(link, eventLoop, settings, channel -> LinkChannels.frames(settings));
        }

        @Override
        public void onReady(BrokerLink link) {
            refreshVersions();
        }

        @Override
        public void onUnsent(Call<?> call, Throwable cause) {
            if (!call.isDone()) {
                dispatch(call, cause);
            }
        }
    }
}
