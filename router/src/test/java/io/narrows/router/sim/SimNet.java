package io.narrows.router.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayConnector;
import io.narrows.relay.rpc.RelayError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Connections between the router and the model leaders. */
final class SimNet implements RelayConnector {
    private final SimCluster cluster;
    private final SimWorld world;
    private final List<Wire> wires = new ArrayList<>();

    SimNet(SimCluster cluster) {
        this.cluster = cluster;
        this.world = cluster.world;
    }

    @Override
    public CompletableFuture<RelayConnection> connect(
            InetSocketAddress address, Hello hello, RelayConnection.Listener listener) {
        SimBroker broker = cluster.brokers.get(address.getPort());
        CompletableFuture<RelayConnection> future = new CompletableFuture<>();
        world.laterMs(1, cluster.calm ? 3 : 60, () -> {
            if (!broker.alive || broker.cutOff || (!cluster.calm && world.chance(0.1))) {
                world.trace("refused " + broker.id);
                future.completeExceptionally(new IOException("refused"));
                return;
            }
            Wire wire = new Wire(broker, hello.writer(), listener);
            wires.add(wire);
            broker.onHello(wire);
            world.trace("connected " + broker.id);
            future.complete(wire);
        });
        return future;
    }

    /** Breaks one connection, or all of a broker. */
    void breakWires(SimBroker broker, int detectMs) {
        for (Wire wire : List.copyOf(wires)) {
            if (wire.broker == broker) {
                wire.snap(detectMs);
            }
        }
    }

    /** One connection; frames keep their order in each direction. */
    final class Wire implements RelayConnection {
        final SimBroker broker;
        final String writer;
        boolean fenced;
        private final Listener listener;
        private boolean snapped;
        private boolean torn;
        private long lateAt;
        private boolean closed;
        private boolean full;
        private long toLeaderAt;
        private long toProxyAt;
        private ByteBuf parts = Unpooled.buffer();
        private int announced;
        private boolean granted;
        private long batchNumber = -1;
        private final List<AppendRequest> unread = new ArrayList<>();

        Wire(SimBroker broker, String writer, Listener listener) {
            this.broker = broker;
            this.writer = writer;
            this.listener = listener;
        }

        @Override
        public HelloReply peer() {
            return new HelloReply(RelayError.NONE, "", 2, "sim", broker.id, broker.zone, 1 << 20, 1 << 20, 0);
        }

        @Override
        public void send(AppendRequest request) {
            if (closed) {
                request.release();
                return;
            }
            if (!cluster.calm && world.chance(0.05)) {
                full = true;
                world.laterMs(1, 50, () -> {
                    full = false;
                    if (!closed) {
                        listener.onWritable();
                    }
                });
            }
            if (!cluster.calm && world.chance(0.004)) {
                request.release();
                world.trace("not encoded " + broker.id);
                throw new IllegalArgumentException("a frame that cannot be encoded");
            }
            AppendRequest whole = withParts(request);
            toLeaderAt = Math.max(toLeaderAt, world.now() + world.between(100, 2_000) * 1_000L);
            unread.add(whole);
            world.loop.schedule(toLeaderAt - world.now(), () -> arrive(whole));
        }

        /** The request with the bytes that came before it. */
        private AppendRequest withParts(AppendRequest request) {
            AppendEntry entry = request.groups().get(0).entries().get(0);
            if (entry.carrier() == AppendEntry.Carrier.FRAME) {
                return request;
            }
            assertThat(parts.readableBytes()).as("all parts came").isEqualTo(announced);
            AppendEntry whole = new AppendEntry(
                    entry.laneId(),
                    entry.laneEpoch(),
                    entry.topicId(),
                    entry.partition(),
                    entry.pointer(),
                    parts,
                    AppendEntry.Carrier.PARTS,
                    entry.sequence());
            parts = Unpooled.buffer();
            announced = 0;
            granted = false;
            return new AppendRequest(
                    request.requestId(),
                    List.of(new AppendGroup(request.groups().get(0).context(), List.of(whole))));
        }

        @Override
        public void announce(long number, ByteBuf batch) {
            assertThat(announced).as("one batch at a time").isZero();
            announced = batch.readableBytes();
            batchNumber = number;
            world.laterMs(1, cluster.calm ? 3 : world.chance(0.2) ? 3_000 : 50, () -> {
                if (!snapped && !closed && broker.alive && batchNumber == number) {
                    granted = true;
                    listener.onGranted(number);
                }
            });
        }

        @Override
        public void withdraw(long number) {
            assertThat(batchNumber).isEqualTo(number);
            assertThat(parts.isReadable()).isFalse();
            world.trace("withdrawn " + broker.id);
            batchNumber = -1;
            announced = 0;
        }

        @Override
        public void sendPart(ByteBuf part) {
            assertThat(granted || closed).as("parts come after their grant").isTrue();
            parts.writeBytes(part);
            part.release();
        }

        private void arrive(AppendRequest request) {
            if (!unread.remove(request)) {
                return;
            }
            if (snapped) {
                // What the leader's kernel had received is read much later; the first frame that is lost loses the
                // rest.
                torn |= world.chance(0.3);
                if (torn) {
                    request.release();
                } else {
                    unread.add(request);
                    lateAt = Math.max(lateAt, world.now() + world.between(0, 1_000) * SimWorld.MS);
                    world.loop.schedule(lateAt - world.now(), () -> readLate(request));
                }
                return;
            }
            deliver(request);
        }

        private void readLate(AppendRequest request) {
            if (unread.remove(request)) {
                deliver(request);
            }
        }

        private void deliver(AppendRequest request) {
            if (fenced || !broker.alive || broker.sessions.get(writer) != this) {
                request.release();
            } else {
                broker.onAppend(this, request);
            }
        }

        void reply(long requestId, EntryResult result) {
            if (snapped || closed) {
                return;
            }
            toProxyAt = Math.max(toProxyAt, world.now() + world.between(100, 2_000) * 1_000L);
            world.loop.schedule(toProxyAt - world.now(), () -> {
                if (!snapped && !closed) {
                    listener.onResult(new AppendResult(requestId, List.of(result)));
                }
            });
        }

        /** Nothing gets through any more; the proxy notices later. */
        void snap(int detectMs) {
            if (!snapped) {
                snapped = true;
                world.trace("snap " + broker.id);
                world.laterMs(0, detectMs, () -> end("snapped"));
            }
        }

        private void end(String why) {
            if (!closed) {
                closed = true;
                wires.remove(this);
                world.trace("lost " + broker.id + " " + why);
                listener.onClosed(new IOException(why));
            }
        }

        @Override
        public boolean isWritable() {
            return !full && !closed;
        }

        @Override
        public void close() {
            snapped = true;
            world.loop.execute(() -> end("closed"));
        }
    }
}
