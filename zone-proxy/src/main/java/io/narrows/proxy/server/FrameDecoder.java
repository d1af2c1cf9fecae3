package io.narrows.proxy.server;

import io.narrows.proxy.server.ReadGate.Reason;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.memory.FrameBuffer;
import io.narrows.relay.memory.MemoryClaim;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames (4 bytes length, then the request) and passes each on as one buffer, whose bytes it has
 * reserved from the memory budget first. Looks at length and API key before it allocates. Bytes that came in while the
 * gate is closed wait here, at most what one read brought. Owned by the connection's event loop.
 *
 * <pre>
 *   HEADER --8 bytes read, reserved--> BODY --complete--> HEADER ...
 *     |  \--no memory--> WAITING --relief--^
 *     +--not Kafka, too large--> FAILED
 * </pre>
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    /** Length, API key and version: what is known of a frame before it gets memory. */
    private static final int HEADER_BYTES = 8;

    private static final int LENGTH_BYTES = 4;

    /** The shortest request header: key, version, correlation id, length of the client id. */
    private static final int MIN_FRAME_BYTES = 10;

    /** Size bounds by kind of request. */
    record Bounds(int maxRequestBytes, int maxControlRequestBytes) {}

    private final Bounds bounds;
    private final ClientMemory memory;
    private final ReadGate gate;
    private final Loop loop;
    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private ClientMemory.Account account;
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private @Nullable ByteBuf frame;
    private @Nullable MemoryClaim claim;
    private long startedNanos;
    private boolean draining;
    private boolean failed;

    /** {@code connection} is the name of the connection's account until its client is known. */
    FrameDecoder(Bounds bounds, ClientMemory memory, String connection, ReadGate gate, Loop loop) {
        this.bounds = bounds;
        this.memory = memory;
        this.account = memory.open(connection);
        this.gate = gate;
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        gate.onOpen(() -> {
            startedNanos = loop.nanoTime();
            drain(ctx);
        });
    }

    /** From the next request on the connection uses the account of the client with this name. */
    void belongsTo(String client) {
        ClientMemory.Account before = account;
        account = memory.open(client);
        before.close();
    }

    /** Whether a request has begun and its rest is being waited for since more than {@code nanos}. */
    boolean halfRequestOlderThan(long nanos) {
        boolean half = headerBytes > 0 || frame != null;
        return half && gate.isOpen() && loop.nanoTime() - startedNanos > nanos;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        if (failed || !chunk.isReadable()) {
            boolean unused = chunk.release();
            return;
        }
        chunks.add(chunk);
        drain(ctx);
    }

    private void drain(ChannelHandlerContext ctx) {
        if (draining) {
            return;
        }
        draining = true;
        try {
            while (!failed && gate.isOpen() && step(ctx)) {
                dropEmptyChunks();
            }
        } catch (InvalidFrameException e) {
            failed = true;
            releaseAll();
            ctx.fireExceptionCaught(e);
        } finally {
            draining = false;
        }
    }

    /** False when it takes more input, or memory, to go on. */
    private boolean step(ChannelHandlerContext ctx) {
        ByteBuf chunk = chunks.peek();
        if (frame != null && !frame.isWritable()) {
            ByteBuf complete = frame;
            frame = null;
            headerBytes = 0;
            ctx.fireChannelRead(complete);
            return true;
        }
        if (chunk == null) {
            return false;
        }
        if (frame != null) {
            frame.writeBytes(chunk, Math.min(chunk.readableBytes(), frame.writableBytes()));
            return true;
        }
        readHeader(chunk);
        if (headerBytes == HEADER_BYTES) {
            allocate(ctx);
        }
        return true;
    }

    private void dropEmptyChunks() {
        while (!chunks.isEmpty() && !chunks.peek().isReadable()) {
            boolean unused = chunks.remove().release();
        }
    }

    private void readHeader(ByteBuf chunk) {
        if (headerBytes == 0) {
            startedNanos = loop.nanoTime();
        }
        while (headerBytes < HEADER_BYTES && chunk.isReadable()) {
            header[headerBytes++] = chunk.readByte();
            if (headerBytes == LENGTH_BYTES) {
                checkLength();
            }
        }
        if (headerBytes == HEADER_BYTES) {
            checkApi();
        }
    }

    private int intAt(int index) {
        return (header[index] & 0xff) << 24
                | (header[index + 1] & 0xff) << 16
                | (header[index + 2] & 0xff) << 8
                | (header[index + 3] & 0xff);
    }

    private void checkLength() {
        int length = intAt(0);
        if (length < MIN_FRAME_BYTES || length > bounds.maxRequestBytes()) {
            throw new InvalidFrameException(ForeignProtocol.describe(header)
                    .orElse("a request declares " + length + " bytes; allowed are " + MIN_FRAME_BYTES + " to "
                            + bounds.maxRequestBytes() + " (socket.request.max.bytes)"));
        }
    }

    private void checkApi() {
        int key = intAt(LENGTH_BYTES) >> 16;
        if (!ApiKeys.hasId(key)) {
            throw new InvalidFrameException("a request names the unknown API key " + key);
        }
        if (key != ApiKeys.PRODUCE.id && intAt(0) > bounds.maxControlRequestBytes()) {
            throw new InvalidFrameException("a request of " + ApiKeys.forId(key) + " declares " + intAt(0)
                    + " bytes; only Produce may have more than " + bounds.maxControlRequestBytes()
                    + " (control.request.max.bytes)");
        }
    }

    private void allocate(ChannelHandlerContext ctx) {
        int length = intAt(0);
        if (account.tryEnter(length)) {
            begin(ctx, account, length);
            return;
        }
        gate.close(Reason.MEMORY);
        ClientMemory.Account payer = account;
        claim = MemoryClaim.await(payer, length, ctx.executor(), () -> granted(ctx, payer, length));
    }

    private void granted(ChannelHandlerContext ctx, ClientMemory.Account payer, int length) {
        claim = null;
        try {
            begin(ctx, payer, length);
        } catch (InvalidFrameException e) {
            failed = true;
            releaseAll();
            ctx.fireExceptionCaught(e);
            return;
        }
        gate.open(Reason.MEMORY);
    }

    private void begin(ChannelHandlerContext ctx, ClientMemory.Account payer, int length) {
        ByteBuf buffer;
        try {
            buffer = FrameBuffer.allocate(ctx.alloc(), payer::leave, length);
        } catch (RuntimeException | OutOfMemoryError e) {
            payer.leave(length);
            throw new InvalidFrameException("no memory for a request of " + length + " bytes: " + e.getMessage());
        }
        frame = buffer.writeBytes(header, LENGTH_BYTES, HEADER_BYTES - LENGTH_BYTES);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        failed = true;
        releaseAll();
        account.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failed = true;
        releaseAll();
        ctx.fireChannelInactive();
    }

    private void releaseAll() {
        while (!chunks.isEmpty()) {
            boolean unused = chunks.remove().release();
        }
        if (frame != null) {
            boolean unused = frame.release();
            frame = null;
        }
        if (claim != null) {
            claim.cancel();
            claim = null;
        }
        headerBytes = 0;
    }
}
