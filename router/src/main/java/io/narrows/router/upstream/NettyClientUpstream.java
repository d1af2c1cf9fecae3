package io.narrows.router.upstream;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The brokers' side of one client connection. State is owned by the event loop of that connection, so that an answer
 * never changes threads on its way to the client.
 */
final class NettyClientUpstream implements ClientUpstream {
    /** What Kafka's clients ask for of one partition by default. Less would cost more in requests than it saves in memory. */
    private static final int MIN_FETCH_BYTES = 1 << 20;

    private final EventLoop eventLoop;
    private final Loop loop;
    private final UpstreamSettings settings;
    private final Fetches fetches;
    private final UpstreamMetrics metrics;
    private final Random random;
    private final Supplier<Map<Integer, BrokerAddress>> brokers;
    private final String client;

    private ClientMemory.@Nullable ClientQuota account;
    private final Set<FrameCollector> collectors = new HashSet<>();
    private final Map<LinkKey, BrokerConnection> links = new HashMap<>();
    private BrokerConnection.Software software = BrokerConnection.Software.PROXY;
    private boolean paused;
    private boolean closed;

    private record LinkKey(Use use, int brokerId) {}

    /** What fetch connections have of their own: their counters, and the memory for answers, shared by all clients. */
    public record Fetches(UpstreamMetrics metrics, ClientMemory memory) {}

    /** What the upstreams of all clients have in common; for any thread. */
    record Common(
            UpstreamSettings settings,
            UpstreamMetrics metrics,
            Fetches fetches,
            Random random,
            Supplier<Map<Integer, BrokerAddress>> brokers) {}

    NettyClientUpstream(EventLoop eventLoop, String client, Common common) {
        this.eventLoop = eventLoop;
        this.loop = new NettyLoop(eventLoop);
        this.client = client;
        this.settings = common.settings();
        this.metrics = common.metrics();
        this.fetches = common.fetches();
        this.random = common.random();
        this.brokers = common.brokers();
    }

    @Override
    public void introduce(String softwareName, String softwareVersion) {
        software = new BrokerConnection.Software(softwareName, softwareVersion);
    }

    @Override
    public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
        Call<T> call = new Call<>(
                new Upstream.Target.BrokerId(brokerId),
                new KafkaRequest(request.api(), request.version(), request.clientId(), request.message()),
                reader);
        LinkKey key = new LinkKey(use, brokerId);
        if (loop.inLoop()) {
            start(key, call, request.timeoutMs());
        } else {
            loop.execute(() -> start(key, call, request.timeoutMs()));
        }
        return call.response();
    }

    private void start(LinkKey key, Call<?> call, long timeoutMs) {
        BrokerAddress broker = brokers.get().get(key.brokerId());
        if (closed || broker == null) {
            call.fail(
                    closed
                            ? new DisconnectException("The client has left")
                            : new NetworkException("Broker " + key.brokerId() + " is not known"));
            return;
        }
        BrokerConnection link = links.get(key);
        if (link == null || !link.address().equals(broker.address())) {
            if (link != null) {
                link.close("The broker has another address now");
            }
            link = new BrokerConnection(new Links(key.use(), call.request().clientId()), broker.address());
            link.broker(broker);
            links.put(key, link);
        }
        BrokerConnection chosen = link;
        call.expiresWith(loop.schedule(TimeUnit.MILLISECONDS.toNanos(timeoutMs), () -> expire(chosen, call)));
        link.send(call);
    }

    private void expire(BrokerConnection link, Call<?> call) {
        if (!call.isDone()) {
            metrics.requestTimeouts().inc();
            call.fail(new TimeoutException(
                    "Deadline exceeded for " + call.request().api().name));
            link.onTimeout(call);
        }
    }

    @Override
    public int fetchBytes(String clientId) {
        long fits = closed ? 0 : account(clientId).bytesPerConnection();
        return (int) Math.max(MIN_FETCH_BYTES, Math.min(Integer.MAX_VALUE, fits));
    }

    @Override
    public void pauseFetches() {
        paused = true;
        collectors.forEach(FrameCollector::pause);
    }

    @Override
    public void resumeFetches() {
        paused = false;
        collectors.forEach(FrameCollector::resume);
    }

    /** A connection's first client id counts for all that it fetches. */
    private ClientMemory.ClientQuota account(String clientId) {
        ClientMemory.ClientQuota known = account;
        if (known == null) {
            known = fetches.memory().open(client + "/" + clientId);
            account = known;
        }
        return known;
    }

    private ChannelHandler fetchFrames(Channel channel, String clientId) {
        FrameCollector collector = new FrameCollector(account(clientId), settings.maxResponseBytes());
        if (settings.tls() == null) {
            channel.config().setRecvByteBufAllocator(FrameReads.withFewReadsPerTurn(collector));
        }
        collectors.add(collector);
        ChannelFuture unused = channel.closeFuture().addListener(done -> collectors.remove(collector));
        if (paused) {
            collector.pause();
        }
        return collector;
    }

    @Override
    public void close() {
        closed = true;
        links.values().forEach(link -> link.close("The client has left"));
        links.clear();
        if (account != null) {
            account.close();
            account = null;
        }
    }

    private final class Links implements BrokerConnection.Owner {
        private final Use use;
        private final String clientId;

        private Links(Use use, String clientId) {
            this.use = use;
            this.clientId = clientId;
        }

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
            return carriesRecords() ? fetches.metrics() : metrics;
        }

        @Override
        public BrokerConnection.Software software() {
            return software;
        }

        @Override
        public double random() {
            return random.nextDouble();
        }

        @Override
        public void connect(BrokerConnection link) {
            BrokerChannelFactory.connect(
                    link,
                    eventLoop,
                    settings,
                    carriesRecords()
                            ? channel -> fetchFrames(channel, clientId)
                            : channel -> BrokerChannelFactory.frames(settings));
        }

        private boolean carriesRecords() {
            return use == Use.FETCH || use == Use.SHARE;
        }

        @Override
        public void onReady(BrokerConnection link) {}

        @Override
        public void onUnsent(Call<?> call, Throwable cause) {
            call.fail(cause);
        }
    }
}
