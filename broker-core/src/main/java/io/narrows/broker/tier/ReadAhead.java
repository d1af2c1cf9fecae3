package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides how far to fetch ahead of readers that read segments from front to back. Readers are told apart by where they go on:
 * Kafka reads a piece, closes the stream and comes back. Each has a cursor that measures its speed. Thread-safe; time is
 * passed in; bounded by the number of cursors.
 */
final class ReadAhead {
    private static final int MAX_CURSORS = 512;
    /** A reader goes on in the batch where it ended, whose start an index knows to within an entry. */
    private static final int SAME_READER_BYTES = 2 * TierSettings.BLOCK_BYTES;

    private static final int MIN_BYTES = 2 * TierSettings.BLOCK_BYTES;
    private static final double SECONDS_AHEAD = 0.5;
    private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final double NEWEST_WEIGHT = 0.3;

    private final long maxBytesOfReader;
    private final long maxBytesOfAll;
    /** In the order of last use; a cursor's key is any object. Guarded by this. */
    private final Map<Cursor, Cursor> cursors = new LinkedHashMap<>(16, 0.75f, true);

    ReadAhead(TierSettings settings) {
        this.maxBytesOfReader = settings.readAheadBytes();
        this.maxBytesOfAll = settings.cacheBytes() / 2;
    }

    /** One reader in one segment. Guarded by the {@link ReadAhead}. */
    static final class Cursor {
        private final SegmentObjectId segment;
        private final long dataBytes;
        private long end;
        private long fetchedTo;
        private long seenAtNanos;
        private double bytesPerSecond;
        private boolean successorFetched;

        private Cursor(SegmentObjectId segment, long dataBytes, long position, long nowNanos) {
            this.segment = segment;
            this.dataBytes = dataBytes;
            this.end = position;
            this.fetchedTo = position;
            this.seenAtNanos = nowNanos;
        }

        /** Whether something will be fetched for it: not when all of the segment has been, or its reader has stopped. */
        private boolean isActive(long nowNanos) {
            return fetchedTo < dataBytes && nowNanos - seenAtNanos < ACTIVE_NANOS;
        }
    }

    /** What to fetch now, from and to positions of the segment, and whether the reader is about to leave it. */
    record Plan(Cursor cursor, long from, long to, boolean nearEnd) {
        boolean isEmpty() {
            return from >= to;
        }
    }

    /** A reader opens the segment at {@code position}. */
    synchronized Plan opened(SegmentObjectId segment, long position, long dataBytes, long nowNanos) {
        Cursor cursor = find(segment, position);
        if (cursor == null) {
            // Who is new may only want one batch: a search by timestamp, or the first read of a consumer.
            cursor = new Cursor(segment, dataBytes, position, nowNanos);
            keep(cursor);
            return new Plan(cursor, position, position, false);
        }
        long window = window(cursor, nowNanos);
        long from = Math.max(cursor.fetchedTo, position);
        long to = Math.min(position + window, dataBytes);
        boolean nearEnd = position + window >= dataBytes && !cursor.successorFetched;
        if (from - position > window / 2 && to < dataBytes) {
            // Half of it is still there: wait until a larger GET is worth its price.
            return new Plan(cursor, from, from, nearEnd);
        }
        cursor.fetchedTo = Math.max(from, to);
        cursor.successorFetched |= nearEnd;
        return new Plan(cursor, from, to, nearEnd);
    }

    /** The reader has read up to {@code end} for now. */
    synchronized void closed(Cursor cursor, long end, long nowNanos) {
        long bytes = end - cursor.end;
        double seconds = Math.max(1e-4, (nowNanos - cursor.seenAtNanos) / 1e9);
        if (bytes > 0) {
            double speed = bytes / seconds;
            cursor.bytesPerSecond = cursor.bytesPerSecond == 0
                    ? speed
                    : cursor.bytesPerSecond * (1 - NEWEST_WEIGHT) + speed * NEWEST_WEIGHT;
        }
        cursor.end = end;
        cursor.fetchedTo = Math.max(cursor.fetchedTo, end);
        cursor.seenAtNanos = nowNanos;
        Cursor unused = cursors.get(cursor);
    }

    /** A reader that comes from the segment before goes on at its speed, and what was fetched for it is known. */
    synchronized void continues(Cursor from, SegmentObjectId successor, long dataBytes, long fetchedTo, long nowNanos) {
        Cursor cursor = new Cursor(successor, dataBytes, 0, nowNanos);
        cursor.bytesPerSecond = from.bytesPerSecond;
        cursor.fetchedTo = fetchedTo;
        keep(cursor);
    }

    private void keep(Cursor cursor) {
        cursors.put(cursor, cursor);
        Iterator<Cursor> eldest = cursors.keySet().iterator();
        while (cursors.size() > MAX_CURSORS && eldest.hasNext()) {
            eldest.next();
            eldest.remove();
        }
    }

    private @Nullable Cursor find(SegmentObjectId segment, long position) {
        Cursor nearest = null;
        for (Cursor cursor : cursors.keySet()) {
            long distance = Math.abs(cursor.end - position);
            if (distance <= SAME_READER_BYTES
                    && cursor.segment.equals(segment)
                    && (nearest == null || distance < Math.abs(nearest.end - position))) {
                nearest = cursor;
            }
        }
        return nearest;
    }

    private long window(Cursor cursor, long nowNanos) {
        long active = cursors.keySet().stream()
                .filter(other -> other.isActive(nowNanos))
                .count();
        long share = maxBytesOfAll / Math.max(1, active);
        long wanted = (long) (cursor.bytesPerSecond * SECONDS_AHEAD);
        return Math.max(MIN_BYTES, Math.min(wanted, Math.min(maxBytesOfReader, share)));
    }
}
