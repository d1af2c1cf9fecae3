package io.narrows.router.upstream;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.MemoryBudget;
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

/**
 * The brokers' side of one client connection. State is owned by the event loop of that connection, so that an answer
 * never changes threads on its way to the client.
 */
final class NettyClientUpstream implements ClientUpstream {
    private final EventLoop eventLoop;
    private final Loop loop;
    private final UpstreamSettings settings;
    private final Fetches fetches;
    private final UpstreamMetrics metrics;
    private final Random random;
    private final Supplier<Map<Integer, BrokerAddress>> brokers;

    private final Set<FrameCollector> collectors = new HashSet<>();
    private final Map<LinkKey, BrokerLink> links = new HashMap<>();
    private boolean paused;
    private boolean closed;

    private record LinkKey(Use use, int brokerId) {}

    /** What fetch connections have of their own: their counters, and the memory for answers, shared by all clients. */
    public record Fetches(UpstreamMetrics metrics, MemoryBudget memory) {}

    /** {@code random} and {@code brokers} may be used by any thread. */
    NettyClientUpstream(
            EventLoop eventLoop,
            UpstreamSettings settings,
            UpstreamMetrics metrics,
            Fetches fetches,
            Random random,
            Supplier<Map<Integer, BrokerAddress>> brokers) {
        this.eventLoop = eventLoop;
        this.loop = new NettyLoop(eventLoop);
        this.settings = settings;
        this.metrics = metrics;
        this.fetches = fetches;
        this.random = random;
        this.brokers = brokers;
    }

    @Override
    public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
        Call<T> call = new Call<>(
                new Upstream.Target.BrokerId(brokerId),
                new Call.Request(request.api(), request.version(), request.clientId(), request.message()),
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
        BrokerLink link = links.get(key);
        if (link == null || !link.address().equals(broker.address())) {
            if (link != null) {
                link.close("The broker has another address now");
            }
            link = new BrokerLink(new Links(key.use()), broker.address());
            link.broker(broker);
            links.put(key, link);
        }
        BrokerLink chosen = link;
        call.expiresWith(loop.schedule(TimeUnit.MILLISECONDS.toNanos(timeoutMs), () -> expire(chosen, call)));
        link.send(call);
    }

    private void expire(BrokerLink link, Call<?> call) {
        if (!call.isDone()) {
            metrics.requestTimeouts().inc();
            call.fail(new TimeoutException("No answer to " + call.request().api().name + " in time"));
            link.onTimeout(call);
        }
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

    private ChannelHandler fetchFrames(Channel channel) {
        FrameCollector collector = new FrameCollector(fetches.memory(), settings.maxResponseBytes());
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
    }

    private final class Links implements BrokerLink.Owner {
        private final Use use;

        private Links(Use use) {
            this.use = use;
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
        public double random() {
            return random.nextDouble();
        }

        @Override
        public void connect(BrokerLink link) {
            LinkChannels.connect(
                    link,
                    eventLoop,
                    settings,
                    carriesRecords()
                            ? NettyClientUpstream.this::fetchFrames
                            : channel -> LinkChannels.frames(settings));
        }

        private boolean carriesRecords() {
            return use == Use.FETCH || use == Use.SHARE;
        }

        @Override
        public void onReady(BrokerLink link) {}

        @Override
        public void onUnsent(Call<?> call, Throwable cause) {
            call.fail(cause);
        }
    }
}
