package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayClient;
import io.narrows.relay.rpc.RelayClientSettings;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.rpc.RelayProtocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The proxy's end of a relay connection. Owned by the test thread, except that results come on its event loop. */
final class TestProxy implements AutoCloseable {
    static final ProduceContext ALL = context((short) -1, (short) 13, null);

    private final NioEventLoopGroup group = new NioEventLoopGroup(1);
    private final RelayClient client = new RelayClient(
            group.next(), RelayClientSettings.defaults(), new RelayMetrics(new MetricRegistry(), RelayMetrics.CLIENT));

    static ProduceContext context(short acks, short version, @Nullable String transactionalId) {
        return new ProduceContext(acks, 10_000, version, transactionalId, "User", "alice", "app", "127.0.0.1");
    }

    Connection connect(InetSocketAddress relay, String clusterId, String writer, long incarnation) {
        Connection connection = new Connection();
        Hello hello = new Hello(
                RelayProtocol.MIN_VERSION, RelayProtocol.MAX_VERSION, clusterId, "a", writer, incarnation, "test");
        connection.open(client.connect(relay, hello, connection)
                .orTimeout(10, TimeUnit.SECONDS)
                .join());
        return connection;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** One entry to send. */
    record Send(
            long lane,
            int epoch,
            UUID topic,
            int partition,
            @Nullable Pointer pointer,
            byte @Nullable [] bytes,
            AppendEntry.Sequence sequence) {
        Send(long lane, int epoch, UUID topic, int partition, @Nullable Pointer pointer, byte @Nullable [] bytes) {
            this(lane, epoch, topic, partition, pointer, bytes, AppendEntry.Sequence.FIRST);
        }

        Send withAnySequence() {
            return new Send(lane, epoch, topic, partition, pointer, bytes, AppendEntry.Sequence.ANY);
        }

        AppendEntry entry() {
            return new AppendEntry(
                    lane,
                    epoch,
                    topic,
                    partition,
                    pointer,
                    bytes == null ? null : Unpooled.copiedBuffer(bytes),
                    AppendEntry.Carrier.FRAME,
                    sequence);
        }
    }

    final class Connection implements RelayConnection.Listener {
        private final Map<Long, List<CompletableFuture<EntryResult>>> waiting = new ConcurrentHashMap<>();
        private final AtomicLong requests = new AtomicLong();
        private final EventExecutor loop = group.next();
        final CompletableFuture<Throwable> closed = new CompletableFuture<>();
        final AtomicLong frames = new AtomicLong();
        private volatile RelayConnection connection;
        private Runnable onGrant = () -> {};
        private long batches;

        private void open(RelayConnection opened) {
            connection = opened;
        }

        /** Sends the entries in one frame; their results come in any order. */
        List<CompletableFuture<EntryResult>> send(ProduceContext context, List<Send> sends) {
            List<CompletableFuture<EntryResult>> results = new ArrayList<>();
            sends.forEach(send -> results.add(new CompletableFuture<EntryResult>().orTimeout(30, TimeUnit.SECONDS)));
            AppendGroup entries =
                    new AppendGroup(context, sends.stream().map(Send::entry).toList());
            // Several threads send; the leader closes a connection whose request ids do not grow in the order of
            // sending.
            loop.execute(() -> {
                AppendRequest request = new AppendRequest(requests.getAndIncrement(), List.of(entries));
                if (closed.isDone()) {
                    request.release();
                    fail(results, closed.join());
                } else {
                    waiting.put(request.requestId(), results);
                    connection.send(request);
                }
            });
            return results;
        }

        CompletableFuture<EntryResult> send(ProduceContext context, Send send) {
            return send(context, List.of(send)).get(0);
        }

        /** Announces the batch of an entry and sends it in parts and the entry once it is granted. */
        CompletableFuture<EntryResult> sendInParts(ProduceContext context, Send send) {
            CompletableFuture<EntryResult> result =
                    new CompletableFuture<EntryResult>().orTimeout(30, TimeUnit.SECONDS);
            ByteBuf batch = Unpooled.copiedBuffer(send.bytes());
            loop.execute(() -> {
                onGrant = () -> {
                    while (batch.isReadable()) {
                        connection.sendPart(batch.readRetainedSlice(Math.min(1 << 20, batch.readableBytes())));
                    }
                    batch.release();
                    AppendEntry entry = new AppendEntry(
                            send.lane(),
                            send.epoch(),
                            send.topic(),
                            send.partition(),
                            send.pointer(),
                            null,
                            AppendEntry.Carrier.PARTS,
                            send.sequence());
                    long id = requests.getAndIncrement();
                    waiting.put(id, List.of(result));
                    connection.send(new AppendRequest(id, List.of(new AppendGroup(context, List.of(entry)))));
                };
                connection.announce(++batches, batch);
            });
            return result;
        }

        void close() {
            loop.execute(connection::close);
        }

        @Override
        public void onResult(AppendResult result) {
            frames.incrementAndGet();
            for (EntryResult entry : result.results()) {
                boolean first =
                        waiting.get(result.requestId()).get(entry.entryIndex()).complete(entry);
                if (!first) {
                    closed.complete(new AssertionError("a second result for an entry"));
                }
            }
        }

        private static void fail(List<CompletableFuture<EntryResult>> results, Throwable cause) {
            results.forEach(result -> result.completeExceptionally(cause));
        }

        @Override
        public void onGranted(long number) {
            onGrant.run();
        }

        @Override
        public void onWritable() {}

        @Override
        public void onClosed(Throwable cause) {
            closed.complete(cause);
            waiting.values().forEach(results -> fail(results, cause));
        }
    }
}
