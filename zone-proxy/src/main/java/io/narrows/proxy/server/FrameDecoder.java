package io.narrows.proxy.server;

import io.narrows.proxy.server.ReadGate.Reason;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.memory.FrameBuffer;
import io.narrows.relay.memory.MemoryClaim;
import io.narrows.relay.memory.Payer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames (4 bytes length, then the request) and passes each on as one buffer of exactly its size.
 * Looks at length and API key before it allocates, and then takes memory for what has come: all of a frame that is there,
 * and otherwise up to twice what is there, so that an announced length holds nothing. Bytes that came in while the gate is
 * closed wait here, at most 128 KiB. Owned by the connection's event loop.
 *
 * <pre>
 *   HEADER --8 bytes read--> BODY, grows with its bytes --complete--> HEADER ...
 *     |                       | ^
 *     |           no memory for more, relief
 *     +--not Kafka, too large--> FAILED
 * </pre>
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    /** Length, API key and version: what is known of a frame before it gets memory. */
    private static final int HEADER_BYTES = 8;

    private static final int LENGTH_BYTES = 4;

    /** Taken at least for a frame that is not whole: less would be copied more often than it saves. */
    private static final int MIN_STEP_BYTES = 4 << 10;

    /** So much of what is made of a request is counted, but never refused. */
    private static final long ALWAYS_WEIGHED_BYTES = 256 << 10;

    /** The shortest request header: key, version, correlation id, length of the client id. */
    private static final int MIN_FRAME_BYTES = 10;

    /** Size bounds by kind of request. */
    record Bounds(int maxRequestBytes, int maxControlRequestBytes) {}

    private final Bounds bounds;
    private final ClientMemory memory;
    private final String host;
    private final ReadGate gate;
    private final Loop loop;
    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private ClientMemory.ClientQuota account;
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private @Nullable ByteBuf frame;
    private ClientMemory.@Nullable Arrival arrival;
    private @Nullable MemoryClaim claim;
    private long startedNanos;
    private boolean draining;
    private boolean failed;

    /** Who pays for a connection's requests until its client is known. */
    record Origin(ClientMemory memory, String host, String connection) {}

    FrameDecoder(Bounds bounds, Origin origin, ReadGate gate, Loop loop) {
        this.bounds = bounds;
        this.memory = origin.memory();
        this.host = origin.host();
        this.account = memory.open(host, origin.connection());
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
        ClientMemory.ClientQuota before = account;
        account = memory.open(host, client);
        before.close();
    }

    /**
     * Takes memory for what was made of a frame that this decoder has just passed on; it leaves with the frame. False when
     * there is none.
     */
    boolean weigh(ByteBuf complete, long bytes) {
        if (!(complete instanceof FrameBuffer counted)) {
            return true;
        }
        boolean taken = account.tryWeigh(bytes, ALWAYS_WEIGHED_BYTES);
        if (taken) {
            counted.weigh(bytes);
        }
        return taken;
    }

    /** Whether a request has begun and its rest is being waited for since more than {@code nanos}. */
    boolean halfRequestOlderThan(long nanos) {
        boolean half = headerBytes > 0 || frame != null;
        return half && gate.isOpen() && loop.nanoTime() - startedNanos > nanos;
    }

    /** Bytes that wait here because the gate is closed. */
    long unreadBytes() {
        return chunks.stream().mapToLong(ByteBuf::readableBytes).sum();
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
        if (frame != null && frame.writerIndex() == intAt(0)) {
            ByteBuf complete = complete(frame);
            frame = null;
            headerBytes = 0;
            ctx.fireChannelRead(complete);
            return true;
        }
        if (chunk == null) {
            return false;
        }
        if (frame != null && frame.isWritable()) {
            frame.writeBytes(chunk, Math.min(chunk.readableBytes(), frame.writableBytes()));
            return true;
        }
        if (headerBytes < HEADER_BYTES) {
            readHeader(chunk);
        } else if (chunk.isReadable()) {
            makeRoom(ctx);
        }
        return true;
    }

    /** The same bytes, which are given back to the account when the last slice is released. */
    private ByteBuf complete(ByteBuf received) {
        ClientMemory.Arrival arrived = arrival;
        if (arrived == null) {
            return received;
        }
        arrival = null;
        arrived.complete();
        ClientMemory.ClientQuota payer = arrived.account();
        return FrameBuffer.of(received, payer::leave);
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

    /** For the whole frame if it is there, and otherwise for what is there and as much again. */
    private void makeRoom(ChannelHandlerContext ctx) {
        int length = intAt(0);
        int there = frame == null ? HEADER_BYTES - LENGTH_BYTES : frame.writerIndex();
        for (ByteBuf chunk : chunks) {
            there += chunk.readableBytes();
        }
        if (frame == null && there >= length) {
            ClientMemory.ClientQuota payer = account;
            if (payer.tryEnter(length)) {
                begin(ctx, payer, length);
            } else {
                await(ctx, payer, length, () -> begin(ctx, payer, length));
            }
            return;
        }
        int capacity = frame == null ? 0 : frame.capacity();
        int wanted = Math.min(length, Math.max(MIN_STEP_BYTES, Math.max(there, 2 * capacity)));
        ClientMemory.Arrival coming = arrival == null ? account.arrive(length) : arrival;
        arrival = coming;
        if (coming.tryGrow(wanted - capacity)) {
            grow(ctx, wanted);
        } else {
            await(ctx, coming, wanted - capacity, () -> grow(ctx, wanted));
        }
    }

    private void await(ChannelHandlerContext ctx, Payer payer, int bytes, Runnable onGranted) {
        gate.close(Reason.MEMORY);
        claim = MemoryClaim.await(payer, bytes, ctx.executor(), () -> granted(ctx, onGranted));
    }

    private void granted(ChannelHandlerContext ctx, Runnable use) {
        claim = null;
        try {
            use.run();
        } catch (InvalidFrameException e) {
            failed = true;
            releaseAll();
            ctx.fireExceptionCaught(e);
            return;
        }
        gate.open(Reason.MEMORY);
    }

    private void begin(ChannelHandlerContext ctx, ClientMemory.ClientQuota payer, int length) {
        ByteBuf buffer;
        try {
            buffer = FrameBuffer.allocate(ctx.alloc(), payer::leave, length);
        } catch (RuntimeException | OutOfMemoryError e) {
            payer.leave(length);
            throw noMemory(length, e);
        }
        frame = buffer.writeBytes(header, LENGTH_BYTES, HEADER_BYTES - LENGTH_BYTES);
    }

    /** The arrival has taken the difference. */
    private void grow(ChannelHandlerContext ctx, int capacity) {
        ByteBuf larger;
        try {
            larger = ctx.alloc().directBuffer(capacity, capacity);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw noMemory(capacity, e);
        }
        ByteBuf smaller = frame;
        frame = larger;
        if (smaller == null) {
            larger.writeBytes(header, LENGTH_BYTES, HEADER_BYTES - LENGTH_BYTES);
        } else {
            larger.writeBytes(smaller);
            boolean unused = smaller.release();
        }
    }

    private static InvalidFrameException noMemory(int bytes, Throwable cause) {
        return new InvalidFrameException("no memory for " + bytes + " bytes of a request: " + cause.getMessage());
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
        if (arrival != null) {
            arrival.end();
            arrival = null;
        }
        headerBytes = 0;
    }
}
