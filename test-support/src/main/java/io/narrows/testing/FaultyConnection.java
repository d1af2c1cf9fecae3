package io.narrows.testing;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * A client's connection and the one to the server behind it. What one side sends waits in a bounded queue until it is
 * due and then goes to the other. Lives on the proxy's event loop and owns the queued buffers.
 */
final class FaultyConnection {
    private static final int MAX_QUEUED_BYTES = 1 << 20;

    private final TcpFaultProxy proxy;
    private final SocketChannel client;
    private final SocketChannel server;
    private final Direction up;
    private final Direction down;

    private FaultyConnection(TcpFaultProxy proxy, SocketChannel client, SocketChannel server) {
        this.proxy = proxy;
        this.client = client;
        this.server = server;
        this.up = new Direction(client, server);
        this.down = new Direction(server, client);
    }

    /** Puts both channels together; they are read once {@link #pump()} is called. */
    static FaultyConnection join(TcpFaultProxy proxy, SocketChannel client, SocketChannel server) {
        FaultyConnection connection = new FaultyConnection(proxy, client, server);
        client.pipeline().addLast(connection.up);
        server.pipeline().addLast(connection.down);
        return connection;
    }

    /** Moves what is due and goes on reading, unless the link is frozen. */
    void pump() {
        up.pump();
        down.pump();
    }

    void close() {
        ChannelFuture unused = client.close();
        unused = server.close();
    }

    void reset() {
        client.config().setSoLinger(0);
        server.config().setSoLinger(0);
        close();
    }

    private final class Direction extends ChannelInboundHandlerAdapter {
        private final Channel from;
        private final Channel to;
        private final ArrayDeque<Due> queue = new ArrayDeque<>();
        private long queuedBytes;
        private long lastDueNanos = Long.MIN_VALUE;
        private boolean ended;
        private boolean timerSet;

        Direction(Channel from, Channel to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            LinkFaults faults = proxy.faults();
            long now = proxy.nanoTime();
            long transmitNanos =
                    faults.bytesPerSecond() == 0 ? 0 : bytes.readableBytes() * 1_000_000_000L / faults.bytesPerSecond();
            long start = lastDueNanos == Long.MIN_VALUE ? now : Math.max(now, lastDueNanos);
            lastDueNanos = faults.bytesPerSecond() == 0 ? now : start + transmitNanos;
            queue.add(new Due(bytes, lastDueNanos + faults.latencyNanos()));
            queuedBytes += bytes.readableBytes();
            pump();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            ended = true;
            proxy.closed(FaultyConnection.this);
            if (to.isActive()) {
                pump();
            } else {
                up.drop();
                down.drop();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // A reset by one side reaches the other as a reset.
            reset();
        }

        void pump() {
            if (proxy.faults().frozen() && to.isActive()) {
                from.config().setAutoRead(false);
                return;
            }
            boolean restored = proxy.faults().equals(LinkFaults.NONE);
            while (!queue.isEmpty() && (restored || queue.peek().atNanos() <= proxy.nanoTime())) {
                ByteBuf bytes = queue.remove().bytes();
                queuedBytes -= bytes.readableBytes();
                ChannelFuture unused = to.writeAndFlush(bytes);
            }
            if (ended && queue.isEmpty()) {
                ChannelFuture unused = to.close();
                return;
            }
            boolean room = queuedBytes < MAX_QUEUED_BYTES && to.isWritable();
            from.config().setAutoRead(room && from.isActive());
            if (!queue.isEmpty() && !timerSet) {
                timerSet = true;
                ScheduledFuture<?> unused = to.eventLoop()
                        .schedule(this::onTimer, queue.peek().atNanos() - proxy.nanoTime(), TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            // This side takes bytes again: the other may be read.
            FaultyConnection.this.pump();
        }

        private void onTimer() {
            timerSet = false;
            pump();
        }

        private void drop() {
            queue.forEach(due -> due.bytes().release());
            queue.clear();
            queuedBytes = 0;
        }
    }

    private record Due(ByteBuf bytes, long atNanos) {}
}
