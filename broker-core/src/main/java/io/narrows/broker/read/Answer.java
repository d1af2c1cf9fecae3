package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.read.AnswerMemory.Charge;
import io.narrows.broker.read.ReadPlan.Inline;
import io.narrows.broker.read.ReadPlan.Linked;
import io.narrows.broker.read.ReadPlan.Piece;
import io.narrows.broker.read.ReadPlan.Skipped;
import io.narrows.broker.read.ReadServices.Age;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.network.PlaintextTransportLayer;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * What one read of a log answers: ranges outside the heap behind the two header fields that the log assigned, and stretches
 * of the file. A socket takes them from there. Owns its references to ranges and its part of the budget until
 * {@link #release}, which any thread may call at any time: a write after that fails and so closes the connection.
 */
public final class Answer {
    /** Offset, length and leader epoch of a batch: its first bytes, which are sent from the heap. */
    private static final int ASSIGNED_BYTES = 16;
    /** Sent before the network thread looks at its other connections, also if this client takes more. */
    public static final int TURN_BYTES = 1 << 20;
    /** Given to a socket at a time if it has to be copied for that. */
    public static final int COPY_BYTES = 128 << 10;

    /** Given to a socket at a time if it needs no copy: about what one takes, for the rest is collected in vain. */
    private static final int GATHER_BYTES = 256 << 10;

    private static final ThreadLocal<ByteBuffer> COPY =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(COPY_BYTES));

    private final AnswerMemory memory;
    private final Age age;
    private final int size;

    private volatile long movedAtNanos;
    private volatile boolean sent;

    // Guarded by this.
    private @Nullable Charge charge;
    private List<ByteBuf> ranges;
    /** Buffers and stretches of files; null once it is released. */
    private @Nullable List<Object> sources;
    /** Where each source ends in the answer. */
    private int[] ends;

    private int cursor;
    /** What the socket took of the last offer. */
    private int lastTaken;

    private Answer(AnswerMemory memory, Age age, Content content, @Nullable Charge charge) {
        this.memory = memory;
        this.age = age;
        this.ranges = content.ranges;
        this.sources = content.sources;
        this.ends = content.ends();
        this.size = content.size;
        this.charge = charge;
        movedAtNanos = memory.nowNanos();
        if (charge != null) {
            memory.watch(this);
        }
    }

    /** What the ranges give, up to the first link without one. Consumes {@code charge} and the ranges, if it does not throw. */
    static Answer of(ReadPlan plan, List<ByteBuf> ranges, AnswerMemory memory, Age age, Charge charge)
            throws IOException {
        return new Answer(memory, age, Content.of(plan, ranges), charge);
    }

    /** Bytes on the heap, which count from when they are being sent. */
    public static Answer onHeap(MemoryRecords records, AnswerMemory memory) {
        Content content = new Content(List.of());
        content.add(records.buffer(), records.sizeInBytes());
        return new Answer(memory, Age.OLD, content, null);
    }

    public int size() {
        return size;
    }

    /** A response with it is about to be sent: who has it will release it. */
    public void send() {
        boolean watch = false;
        synchronized (this) {
            sent = true;
            movedAtNanos = memory.nowNanos();
            if (charge == null && sources != null) {
                charge = memory.force(age, size);
                watch = true;
            }
        }
        if (watch) {
            memory.watch(this);
        }
    }

    public boolean isSent() {
        return sent;
    }

    Age age() {
        return age;
    }

    /** When it was made, or the socket last took something. */
    long movedAtNanos() {
        return movedAtNanos;
    }

    /**
     * Gives the socket what it takes of {@code length} bytes from {@code position}, without copies where it needs none.
     * Releases the answer with the last byte.
     */
    public int writeTo(TransferableChannel channel, int position, int length) throws IOException {
        int written = 0;
        synchronized (this) {
            int most = Math.min(length, TURN_BYTES);
            while (written < most) {
                int offered = offer(channel, position + written, most - written);
                int taken = Math.max(0, lastTaken);
                written += taken;
                if (taken < offered) {
                    break;
                }
            }
            if (written > 0) {
                movedAtNanos = memory.nowNanos();
            }
        }
        return written;
    }

    private int offer(TransferableChannel channel, int position, int length) throws IOException {
        List<Object> all = sources();
        find(position);
        if (all.get(cursor) instanceof FileRecords file) {
            int stretch = Math.min(length, ends[cursor] - position);
            lastTaken = file.writeTo(channel, position - start(cursor), stretch);
            return stretch;
        }
        boolean direct = channel instanceof PlaintextTransportLayer;
        ByteBuffer copy = COPY.get().clear();
        List<ByteBuffer> buffers = new ArrayList<>();
        int offered = gather(all, position, Math.min(length, direct ? GATHER_BYTES : COPY_BYTES), buffers);
        if (direct) {
            buffers.replaceAll(buffer -> buffer.isDirect() ? buffer : copied(buffer, copy));
            lastTaken = (int) channel.write(buffers.toArray(new ByteBuffer[0]), 0, buffers.size());
        } else {
            lastTaken = channel.write(joined(buffers, copy));
        }
        return offered;
    }

    /** Collects what lies in memory from {@code position} on; of the heap no more than can be copied. */
    private int gather(List<Object> all, int position, int most, List<ByteBuffer> buffers) {
        int offered = 0;
        int onHeap = 0;
        for (int i = cursor; i < all.size() && offered < most; i++) {
            if (!(all.get(i) instanceof ByteBuffer source)) {
                break;
            }
            int from = position + offered - start(i);
            int bytes = Math.min(source.remaining() - from, most - offered);
            if (!source.isDirect()) {
                bytes = Math.min(bytes, COPY_BYTES - onHeap);
                onHeap += bytes;
            }
            if (bytes == 0) {
                break;
            }
            boolean unused = buffers.add(source.slice(source.position() + from, bytes));
            offered += bytes;
            if (from + bytes < source.remaining()) {
                break;
            }
        }
        return offered;
    }

    /** What is on the heap is copied once and by us: the JDK takes a buffer of its own for each. */
    private static ByteBuffer copied(ByteBuffer buffer, ByteBuffer copy) {
        int at = copy.position();
        copy.put(buffer);
        return copy.slice(at, copy.position() - at);
    }

    /** One buffer, and so one record of TLS per 16 KiB, instead of two for each batch. */
    private static ByteBuffer joined(List<ByteBuffer> buffers, ByteBuffer copy) {
        if (buffers.size() == 1) {
            return buffers.get(0);
        }
        buffers.forEach(copy::put);
        return copy.flip();
    }

    private void find(int position) {
        if (position < start(cursor)) {
            cursor = 0;
        }
        while (ends[cursor] <= position) {
            cursor++;
        }
    }

    private int start(int source) {
        return source == 0 ? 0 : ends[source - 1];
    }

    private List<Object> sources() throws IOException {
        List<Object> known = sources;
        if (known == null) {
            throw new IOException(
                    "The response was released, because its connection made no progress and other reads needed the memory");
        }
        return known;
    }

    /** All of it on the heap, for callers that look into it. From then on the rest is free, and it counts when it is sent. */
    public MemoryRecords onHeap() throws IOException {
        Charge freed;
        List<ByteBuf> unused;
        ByteBuffer heap;
        synchronized (this) {
            List<Object> all = sources();
            if (all.size() == 1 && all.get(0) instanceof ByteBuffer known && !known.isDirect() && ranges.isEmpty()) {
                return MemoryRecords.readableRecords(known.duplicate());
            }
            heap = ByteBuffer.allocate(size);
            for (Object source : all) {
                copy(source, heap);
            }
            heap.flip();
            unused = ranges;
            freed = charge;
            ranges = List.of();
            charge = null;
            sources = List.of(heap);
            ends = new int[] {size};
            cursor = 0;
        }
        free(freed, unused);
        return MemoryRecords.readableRecords(heap.duplicate());
    }

    private static void copy(Object source, ByteBuffer heap) throws IOException {
        if (source instanceof FileRecords file) {
            Content.read(file, heap, file.sizeInBytes());
        } else if (source instanceof ByteBuffer buffer) {
            heap.put(buffer.duplicate());
        }
    }

    /** Releases ranges and memory; false if that was done before. */
    public boolean release() {
        Charge freed;
        List<ByteBuf> unused;
        synchronized (this) {
            if (sources == null) {
                return false;
            }
            freed = charge;
            unused = ranges;
            charge = null;
            ranges = List.of();
            sources = null;
        }
        free(freed, unused);
        return true;
    }

    private void free(@Nullable Charge freed, List<ByteBuf> unused) {
        unused.forEach(ByteBuf::release);
        if (freed != null) {
            memory.release(freed, this);
        }
    }

    /** Collects the sources of an answer; owned by who makes one. */
    private static final class Content {
        private final List<ByteBuf> ranges;
        private final List<Object> sources = new ArrayList<>();
        private int[] ends = new int[16];
        private int size;

        Content(List<ByteBuf> ranges) {
            this.ranges = ranges;
        }

        static Content of(ReadPlan plan, List<ByteBuf> ranges) throws IOException {
            Content content = new Content(List.copyOf(ranges));
            int nextRange = 0;
            for (Piece piece : plan.pieces()) {
                if (piece instanceof Inline inline) {
                    content.add(plan.file(), inline);
                } else if (piece instanceof Skipped skipped) {
                    content.add(skipped.emptyBatch().duplicate(), skipped.realBytes());
                } else if (piece instanceof Linked linked) {
                    if (nextRange == ranges.size()) {
                        break;
                    }
                    content.add(linked, ranges.get(nextRange++));
                }
            }
            return content;
        }

        void add(ByteBuffer buffer, int bytes) {
            boolean unused = sources.add(buffer);
            end(bytes);
        }

        private void add(FileRecords file, Inline inline) throws IOException {
            FileRecords stretch = file.slice(inline.position(), inline.size());
            if (inline.size() > ReadPlan.INLINE_COPY_BYTES) {
                boolean unused = sources.add(stretch);
                end(inline.size());
                return;
            }
            ByteBuffer copy = ByteBuffer.allocate(inline.size());
            read(stretch, copy, inline.size());
            add(copy.flip(), inline.size());
        }

        private void add(Linked linked, ByteBuf range) {
            ByteBuffer batch = range.nioBuffer();
            linked.link().verify(batch, 0);
            ByteBuffer assigned = ByteBuffer.allocate(ASSIGNED_BYTES);
            assigned.put(0, batch, 0, ASSIGNED_BYTES);
            BatchHeader.assign(assigned, 0, linked.baseOffset(), linked.leaderEpoch());
            add(assigned, ASSIGNED_BYTES);
            int rest = linked.realBytes() - ASSIGNED_BYTES;
            add(batch.slice(ASSIGNED_BYTES, rest), rest);
        }

        private void end(int bytes) {
            size += bytes;
            if (sources.size() > ends.length) {
                ends = Arrays.copyOf(ends, 2 * ends.length);
            }
            ends[sources.size() - 1] = size;
        }

        int[] ends() {
            return Arrays.copyOf(ends, sources.size());
        }

        static void read(FileRecords file, ByteBuffer place, int bytes) throws IOException {
            ByteBuffer target = place.slice(place.position(), bytes);
            file.readInto(target, 0);
            if (target.remaining() != bytes) {
                throw new IOException("the segment was truncated while it was read");
            }
            place.position(place.position() + bytes);
        }
    }
}
