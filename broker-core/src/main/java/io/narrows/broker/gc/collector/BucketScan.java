package io.narrows.broker.gc.collector;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Which WAL objects older than the grace period are in the bucket. Remembers them as bitmaps, so that each run lists only
 * what has been added. Owned by the collector's loop, one run at a time.
 */
final class BucketScan {
    static final String WAL = "wal/";
    static final int PAGE = 1000;

    /** Sorts after the keys of all objects of a prefix. */
    private static final String END = "~";

    private final GcBucket bucket;
    private final Loop loop;
    private final long graceMs;
    private final TreeMap<WriterIncarnation, Present> found = new TreeMap<>();

    BucketScan(GcBucket bucket, Loop loop, long graceMs) {
        this.bucket = bucket;
        this.loop = loop;
        this.graceMs = graceMs;
    }

    /** The objects of one incarnation that are old enough to go. */
    static final class Present {
        private final SequenceSet sequences = new SequenceSet();
        private final TreeMap<Long, Long> modifiedMs = new TreeMap<>();
        private long bytes;
        private long next;
        private long newestMs;

        SequenceSet sequences() {
            return sequences;
        }

        /** The sequence from which on nothing is known. */
        long next() {
            return next;
        }

        /** When the newest object that was found was written, by the store's clock, also if it is gone. */
        long newestMs() {
            return newestMs;
        }

        long bytes() {
            return bytes;
        }

        private void add(long sequence, ObjectInfo object, boolean firstOfPage) {
            sequences.add(sequence);
            bytes += object.sizeBytes();
            next = sequence + 1;
            newestMs = Math.max(newestMs, object.modifiedMs());
            if (firstOfPage || modifiedMs.isEmpty()) {
                modifiedMs.put(sequence, object.modifiedMs());
            }
        }

        void gone(SequenceSet gone, long goneBytes) {
            sequences.removeAll(gone);
            bytes -= goneBytes;
            if (sequences.isEmpty()) {
                modifiedMs.clear();
                bytes = 0;
            }
        }

        /** When the oldest object was written, or a time up to one page of the listing before. */
        Optional<Long> oldestMs() {
            Map.Entry<Long, Long> mark = sequences.isEmpty() ? null : modifiedMs.floorEntry(sequences.first());
            return Optional.ofNullable(mark).map(Map.Entry::getValue);
        }
    }

    Map<WriterIncarnation, Present> found() {
        return found;
    }

    /** Completes on the loop when all that was added since the last run is known. */
    CompletableFuture<Void> run() {
        return page("");
    }

    private CompletableFuture<Void> page(String startAfter) {
        // Before the request: objects that it does not see yet must not be passed over when this process is suspended
        // now.
        long askedMs = loop.wallTimeMs();
        return bucket.list(WAL, startAfter, PAGE).thenCompose(listing -> {
            String next = take(listing, askedMs);
            return next.isEmpty() ? CompletableFuture.completedFuture(null) : page(next);
        });
    }

    /** Where to go on; empty: at the end. */
    private String take(Listing listing, long askedMs) {
        List<ObjectInfo> objects = listing.objects();
        boolean first = true;
        for (ObjectInfo object : objects) {
            Optional<WalObjectId> id = parse(object.key());
            if (id.isEmpty()) {
                continue;
            }
            WriterIncarnation incarnation = WriterIncarnation.of(id.get());
            Present present = found.get(incarnation);
            if (present != null && id.get().sequence() < present.next) {
                return incarnation.object(present.next - 1).key();
            }
            if (askedMs - object.modifiedMs() < graceMs) {
                return incarnation.prefix() + END;
            }
            found.computeIfAbsent(incarnation, none -> new Present())
                    .add(id.get().sequence(), object, first);
            first = false;
        }
        return listing.truncated() && !objects.isEmpty()
                ? objects.get(objects.size() - 1).key()
                : "";
    }

    static Optional<WalObjectId> parse(String key) {
        try {
            return Optional.of(WalObjectId.parse(key));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
