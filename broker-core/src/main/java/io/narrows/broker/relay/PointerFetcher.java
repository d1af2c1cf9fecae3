package io.narrows.broker.relay;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.range.RangeReader;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what pointers name, a frame's pointers with one call so that those into one object become one GET, and never
 * more at a time than memory allows: loads that do not fit wait in the order of arrival. That order is what keeps it
 * free of deadlock, since an entry only ever waits for entries that arrived before it. Owned by the relay's loop; the
 * copy to the heap happens on the thread that delivers the bytes.
 */
final class PointerFetcher {
    private final Loop loop;
    private final RangeReader ranges;
    private final MemoryBudget memory;
    private final long timeoutNanos;
    private final Results results;
    private final ArrayDeque<Load> waiting = new ArrayDeque<>();

    PointerFetcher(Loop loop, RangeReader ranges, MemoryBudget memory, long timeoutNanos, Results results) {
        this.loop = loop;
        this.ranges = ranges;
        this.memory = memory;
        this.timeoutNanos = timeoutNanos;
        this.results = results;
    }

    /** Called on the loop; an entry whose load has timed out may be heard of twice. */
    interface Results {
        void loaded(RelayEntry entry, byte[] batch);

        void failed(RelayEntry entry, String reason);
    }

    /** Fetches the entries' pointers, now or when there is memory. */
    void add(List<RelayEntry> entries) {
        List<RelayEntry> part = new ArrayList<>();
        long partBytes = 0;
        long most = memory.limitBytes() / 2;
        for (RelayEntry entry : entries) {
            int length = lengthOf(entry);
            if (!part.isEmpty() && partBytes + length > most) {
                waiting.add(new Load(part, partBytes));
                part = new ArrayList<>();
                partBytes = 0;
            }
            part.add(entry);
            partBytes += length;
        }
        if (!part.isEmpty()) {
            waiting.add(new Load(part, partBytes));
        }
        startWhatFits();
    }

    /** Gives back what an entry held. */
    void release(RelayEntry entry) {
        long held = entry.fetchedBytes();
        if (held > 0) {
            entry.fetchedBytes(0);
            memory.release(held);
            startWhatFits();
        }
    }

    int waiting() {
        return waiting.size();
    }

    private void startWhatFits() {
        Load load;
        while ((load = waiting.peek()) != null && reserve(load.bytes())) {
            waiting.remove();
            start(load.entries());
        }
    }

    /** A load larger than the whole budget goes when nothing else is held. */
    private boolean reserve(long bytes) {
        if (memory.tryReserve(bytes)) {
            return true;
        }
        if (memory.usedBytes() == 0) {
            boolean unused = memory.reserve(bytes);
            return true;
        }
        return false;
    }

    private void start(List<RelayEntry> load) {
        List<RelayEntry> entries = new ArrayList<>(load.size());
        List<Pointer> pointers = new ArrayList<>(load.size());
        for (RelayEntry entry : load) {
            Pointer pointer = entry.pointer();
            if (pointer == null || entry.ticket().isDone()) {
                memory.release(lengthOf(entry));
            } else {
                entry.fetchedBytes(pointer.length());
                entries.add(entry);
                pointers.add(pointer);
            }
        }
        if (entries.isEmpty()) {
            return;
        }
        List<CompletableFuture<ByteBuf>> reads = ranges.read(pointers);
        Loop.Timer timer = loop.schedule(timeoutNanos, () -> entries.forEach(this::timedOut));
        Map<WalObjectId, Landing> byObject = new LinkedHashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            byObject.computeIfAbsent(pointers.get(i).object(), object -> new Landing())
                    .add(entries.get(i), reads.get(i));
        }
        int[] left = {byObject.size()};
        for (Landing landing : byObject.values()) {
            landing.whenLanded(() -> {
                if (--left[0] == 0) {
                    timer.cancel();
                }
            });
        }
    }

    private void deliver(RelayEntry entry, byte @Nullable [] batch, @Nullable Throwable failure) {
        if (batch != null) {
            results.loaded(entry, batch);
        } else {
            results.failed(entry, String.valueOf(failure));
        }
    }

    private void timedOut(RelayEntry entry) {
        if (!entry.hasBytes()) {
            results.failed(entry, "deadline exceeded while fetching from the object store");
        }
    }

    /** Consumes {@code bytes}. The copy is needed because Kafka's validation writes into the batch. */
    private static byte[] toHeap(ByteBuf bytes) {
        try {
            byte[] batch = new byte[bytes.readableBytes()];
            bytes.getBytes(bytes.readerIndex(), batch);
            return batch;
        } finally {
            boolean unused = bytes.release();
        }
    }

    private static int lengthOf(RelayEntry entry) {
        Pointer pointer = entry.pointer();
        return pointer == null ? 0 : pointer.length();
    }

    /** The ranges of one object, which mostly come with one GET, and so go on together. */
    private final class Landing {
        private final List<RelayEntry> entries = new ArrayList<>();
        private final List<CompletableFuture<Arrived>> arrivals = new ArrayList<>();

        void add(RelayEntry entry, CompletableFuture<ByteBuf> read) {
            entries.add(entry);
            arrivals.add(read.handle((bytes, failure) -> new Arrived(failure == null ? toHeap(bytes) : null, failure)));
        }

        void whenLanded(Runnable first) {
            CompletableFuture<Void> unused = CompletableFuture.allOf(arrivals.toArray(CompletableFuture[]::new))
                    .thenRun(() -> loop.execute(() -> {
                        first.run();
                        for (int i = 0; i < entries.size(); i++) {
                            Arrived arrived = arrivals.get(i).getNow(new Arrived(null, null));
                            deliver(entries.get(i), arrived.batch, arrived.failure);
                        }
                    }));
        }
    }

    /** Bytes, or why there are none. */
    private static final class Arrived {
        private final byte @Nullable [] batch;
        private final @Nullable Throwable failure;

        Arrived(byte @Nullable [] batch, @Nullable Throwable failure) {
            this.batch = batch;
            this.failure = failure;
        }
    }

    private record Load(List<RelayEntry> entries, long bytes) {}
}
