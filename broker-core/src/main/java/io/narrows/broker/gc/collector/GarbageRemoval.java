package io.narrows.broker.gc.collector;

import io.narrows.broker.gc.collector.BucketScan.Present;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes garbage of one incarnation page by page. Each page is listed first: so sizes are known, every object is looked at
 * once more before it goes, and what was not there is forgotten. Runs on the collector's loop.
 */
final class GarbageRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageRemoval.class);

    private final GcBucket bucket;
    private final Loop loop;
    private final GcRound round;
    private final GcMetrics metrics;

    GarbageRemoval(GcBucket bucket, Loop loop, GcRound round, GcMetrics metrics) {
        this.bucket = bucket;
        this.loop = loop;
        this.round = round;
        this.metrics = metrics;
    }

    CompletableFuture<Void> run(WriterIncarnation incarnation, SequenceSet garbage, Present present) {
        return page(incarnation, garbage, present, garbage.first());
    }

    private CompletableFuture<Void> page(
            WriterIncarnation incarnation, SequenceSet garbage, Present present, long from) {
        String startAfter =
                from == 0 ? incarnation.prefix() : incarnation.object(from - 1).key();
        return bucket.list(incarnation.prefix(), startAfter, BucketScan.PAGE).thenCompose(listing -> {
            List<ObjectInfo> victims = victims(listing, garbage);
            CompletableFuture<Void> deleted =
                    victims.isEmpty() ? CompletableFuture.completedFuture(null) : bucket.delete(victims);
            return deleted.thenCompose(done -> {
                count(incarnation, victims);
                present.gone(gone(listing, victims, garbage, from), sizes(victims));
                long next = next(listing, garbage);
                return next < 0 ? CompletableFuture.completedFuture(null) : page(incarnation, garbage, present, next);
            });
        });
    }

    private List<ObjectInfo> victims(Listing listing, SequenceSet garbage) {
        List<ObjectInfo> victims = new ArrayList<>();
        for (ObjectInfo object : listing.objects()) {
            Optional<WalObjectId> id = BucketScan.parse(object.key());
            if (id.isPresent()
                    && garbage.contains(id.get().sequence())
                    && round.floors().isBelow(id.get())
                    && loop.wallTimeMs() - object.modifiedMs() >= round.graceMs()) {
                victims.add(object);
            }
        }
        return victims;
    }

    private void count(WriterIncarnation incarnation, List<ObjectInfo> victims) {
        if (victims.isEmpty()) {
            return;
        }
        long bytes = sizes(victims);
        metrics.deleted(victims.size(), bytes);
        LOG.atInfo()
                .addKeyValue("writer", incarnation.writer())
                .addKeyValue("incarnation", incarnation.incarnation())
                .addKeyValue("objects", victims.size())
                .addKeyValue("bytes", bytes)
                .log("WAL objects deleted");
    }

    /** All garbage of the page is gone, deleted now or not there any more, but for what was spared as too young. */
    private static SequenceSet gone(Listing listing, List<ObjectInfo> victims, SequenceSet garbage, long from) {
        long end = listing.truncated() ? lastSequence(listing) : Long.MAX_VALUE;
        Set<ObjectInfo> deleted = new HashSet<>(victims);
        SequenceSet gone = garbage.copy();
        if (from > 0) {
            gone.remove(0, from - 1);
        }
        if (end < Long.MAX_VALUE) {
            gone.remove(end + 1, Long.MAX_VALUE);
        }
        for (ObjectInfo object : listing.objects()) {
            long sequence =
                    BucketScan.parse(object.key()).map(WalObjectId::sequence).orElse(-1L);
            if (sequence >= 0 && !deleted.contains(object)) {
                gone.remove(sequence, sequence);
            }
        }
        return gone;
    }

    private static long sizes(List<ObjectInfo> objects) {
        return objects.stream().mapToLong(ObjectInfo::sizeBytes).sum();
    }

    private static long lastSequence(Listing listing) {
        String last = listing.objects().get(listing.objects().size() - 1).key();
        return BucketScan.parse(last).map(WalObjectId::sequence).orElse(Long.MAX_VALUE);
    }

    /** The next garbage after the page; negative: there is none. */
    private static long next(Listing listing, SequenceSet garbage) {
        if (!listing.truncated() || listing.objects().isEmpty()) {
            return -1;
        }
        long last = lastSequence(listing);
        return last == Long.MAX_VALUE ? -1 : garbage.next(last + 1);
    }
}
