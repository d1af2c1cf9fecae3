package io.narrows.router.upstream;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/**
 * Upstream over Netty, over {@link SharedConnectionPool}. State is owned by the event loop given at construction, which
 * the caller shuts down; calls from other threads are handed over to it.
 */
public final class NettyUpstream implements Upstream, BrokerDirectory {
    /** Brokers answer within milliseconds what any of them can answer; a pause of one for garbage may take so long. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop eventLoop;
    private final Loop loop;
    private final UpstreamSettings settings;
    private final UpstreamMetrics metrics;
    private final NettyClientUpstream.Fetches fetches;
    private final Random random;

    private final SharedConnectionPool links;
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
        this.links = new SharedConnectionPool(new Owner(), metrics.throttledClients());
    }

    @Override
    public CompletableFuture<ApiMessage> send(
            Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
        Errand errand = new Errand();
        Call<AbstractResponse> call =
                new Call<>(target, new KafkaRequest(api, version, clientId, request), ResponseReader.ANSWER);
        if (loop.inLoop()) {
            errand.start(call);
        } else {
            loop.execute(() -> errand.start(call));
        }
        return errand.answer;
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
            links.close("This side is closing");
        });
    }

    /**
     * A request of a caller, until its response. When any broker will do and the one that was asked says nothing
     * for a while, the next is asked too: one that does not respond would delay the metadata of all clients. Requests that any
     * broker answers may be repeated, as clients repeat them. Owned by the loop.
     */
    private final class Errand {
        private final CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
        private int underWay;
        private Loop.@Nullable Timer patience;

        void start(Call<AbstractResponse> call) {
            if (closed) {
                answer.completeExceptionally(new DisconnectException("The upstream is closed"));
                return;
            }
            attempt(call, loop.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs()));
        }

        private void attempt(Call<AbstractResponse> call, long deadlineNanos) {
            underWay++;
            CompletableFuture<?> unused = call.response().whenComplete((response, failure) -> {
                underWay--;
                if (patience != null) {
                    patience.cancel();
                }
                if (response != null) {
                    succeed(call, response);
                } else if (underWay == 0) {
                    boolean ignored = answer.completeExceptionally(failure);
                }
            });
            call.expiresWith(loop.schedule(deadlineNanos - loop.nanoTime(), () -> expire(call)));
            dispatch(call, new NetworkException("No broker is known"));
            if (call.target() instanceof Target.AnyBroker && !call.isDone()) {
                patience = loop.schedule(PATIENCE_NANOS, () -> askElsewhere(call, deadlineNanos));
            }
        }

        private void askElsewhere(Call<AbstractResponse> call, long deadlineNanos) {
            BrokerConnection asked = call.link();
            if (asked != null) {
                asked.late();
            }
            attempt(call.again(), deadlineNanos);
        }

        private void succeed(Call<AbstractResponse> call, AbstractResponse response) {
            BrokerConnection link = call.link();
            if (response.throttleTimeMs() > 0 && link != null && !closed) {
                links.throttled(link, call.request().clientId());
            }
            boolean ignored = answer.complete(response.data());
        }

        private void expire(Call<?> call) {
            if (!call.isDone()) {
                metrics.requestTimeouts().inc();
                BrokerConnection link = call.link();
                call.fail(new TimeoutException("No response from any broker to "
                        + call.request().api().name + " within " + settings.requestTimeoutMs() + " ms"));
                if (link != null) {
                    link.onTimeout(call);
                }
            }
        }
    }

    /** Sends to the next link that fits; {@code cause} is what the call fails with when there is none. */
    private void dispatch(Call<?> call, Throwable cause) {
        BrokerConnection link;
        if (call.target() instanceof Target.BrokerId target) {
            BrokerAddress broker = brokers.get(target.id());
            if (broker == null) {
                call.fail(new NetworkException("Broker " + target.id() + " is not known"));
                return;
            }
            link = links.link(broker.address(), call.request().clientId());
        } else {
            link = anyUntried(call);
        }
        if (link == null || !call.trying(link)) {
            call.fail(cause);
            return;
        }
        link.send(call);
    }

    /** In this order: own zone and connected, own zone, connected, any broker, bootstrap addresses; the prompt ones first. */
    private @Nullable BrokerConnection anyUntried(Call<?> call) {
        String client = call.request().clientId();
        List<BrokerAddress> shuffled = new ArrayList<>(brokers.values());
        Collections.shuffle(shuffled, random);
        List<BrokerConnection> all = new ArrayList<>();
        List<BrokerConnection> near = new ArrayList<>();
        for (BrokerAddress broker : shuffled) {
            BrokerConnection link = links.link(broker.address(), client);
            all.add(link);
            if (broker.zone().equals(settings.zone())) {
                near.add(link);
            }
        }
        List<BrokerConnection> bootstrap = new ArrayList<>();
        settings.bootstrap().forEach(address -> bootstrap.add(links.link(address, client)));
        Predicate<BrokerConnection> untried = link -> !call.hasTried(link) && !link.isBackingOff();
        BrokerConnection prompt =
                first(List.of(near, all, bootstrap), untried.and(link -> !link.isOverdue(PATIENCE_NANOS)));
        return prompt == null ? first(List.of(near, all, bootstrap), untried) : prompt;
    }

    private static @Nullable BrokerConnection first(
            List<List<BrokerConnection>> groups, Predicate<BrokerConnection> fits) {
        for (List<BrokerConnection> group : groups) {
            BrokerConnection found = firstOf(group, fits.and(BrokerConnection::isReady));
            if (found == null) {
                found = firstOf(group, fits);
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable BrokerConnection firstOf(
            List<BrokerConnection> candidates, Predicate<BrokerConnection> fits) {
        return candidates.stream().filter(fits).findFirst().orElse(null);
    }

    private void replaceBrokers(List<BrokerAddress> now) {
        if (closed) {
            return;
        }
        Map<Integer, BrokerAddress> byId = new HashMap<>();
        now.forEach(broker -> byId.put(broker.id(), broker));
        brokers = Map.copyOf(byId);
        links.brokers(now, settings.bootstrap());
        offered = links.versions();
    }

    /** What links may ask of this class. */
    private final class Owner implements BrokerConnection.Owner {
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
        public BrokerConnection.Software software() {
            return BrokerConnection.Software.PROXY;
        }

        @Override
        public double random() {
            return random.nextDouble();
        }

        @Override
        public void connect(BrokerConnection link) {
            BrokerChannelFactory.connect(link, eventLoop, settings, channel -> BrokerChannelFactory.frames(settings));
        }

        @Override
        public void onReady(BrokerConnection link) {
            offered = links.versions();
        }

        @Override
        public void onUnsent(Call<?> call, Throwable cause) {
            if (!call.isDone()) {
                dispatch(call, cause);
            }
        }
    }
}
