package io.narrows.broker.read;

import io.narrows.broker.gc.LogReferences;
import io.narrows.broker.gc.collector.MalformedGcObjectException;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.FileRecords;
import org.jspecify.annotations.Nullable;

/**
 * What a log's segments would weigh if their links were data: for each segment the bytes that its links stand for
 * beyond their own, in total and, for the newest two segments, up to each position. Costs 12 bytes per link of the
 * newest segments and nothing for inline batches. Tells the log's references which objects its links name. Thread-safe;
 * changes come under the log's own lock.
 */
public final class LogicalSizes {
    private static final int DETAILED_SEGMENTS = 2;

    private final LogReferences references;
    private final TreeMap<Long, Links> segments = new TreeMap<>();

    public LogicalSizes(LogReferences references) {
        this.references = references;
    }

    /** Reads the headers of a whole segment, at loading. */
    public void load(long segmentBaseOffset, FileRecords file) throws IOException {
        BatchCursor cursor = new BatchCursor(file, 0, file.sizeInBytes());
        while (cursor.next()) {
            if (cursor.isLink()) {
                add(segmentBaseOffset, cursor.position() + cursor.size(), cursor.buffer(), cursor.at());
            }
        }
    }

    /** Counts batches that were written to the segment at {@code position}. Borrows {@code batches}. */
    public void appended(long segmentBaseOffset, int position, ByteBuffer batches) {
        int start = batches.position();
        for (int at = start; BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            if (LinkBatch.isLink(batches, at)) {
                int end = position + at - start + BatchHeader.size(batches, at);
                add(segmentBaseOffset, end, batches, at);
            }
        }
    }

    /** Bytes that the whole batches of a buffer stand for. Borrows {@code batches}. */
    public static long realBytes(ByteBuffer batches) {
        long bytes = 0;
        for (int at = batches.position(); BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            bytes += realSize(batches, at);
            if (BatchHeader.size(batches, at) > batches.limit() - at) {
                break;
            }
        }
        return bytes;
    }

    /**
     * The batches in parts that stand for no more than so many bytes each, unless a single one does; what is not whole at
     * the end is in the last. Slices of the buffer.
     */
    public static List<ByteBuffer> split(ByteBuffer batches, int maxRealBytes) {
        List<ByteBuffer> parts = new ArrayList<>();
        int start = batches.position();
        long realBytes = 0;
        for (int at = start; BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            int real = realSize(batches, at);
            if (at > start && realBytes + real > maxRealBytes) {
                parts.add(batches.slice(start, at - start));
                start = at;
                realBytes = 0;
            }
            realBytes += real;
            if (BatchHeader.size(batches, at) > batches.limit() - at) {
                break;
            }
        }
        parts.add(batches.slice(start, batches.limit() - start));
        return parts;
    }

    /** Bytes that the batch at {@code at} stands for; a damaged link counts for itself. */
    public static int realSize(ByteBuffer batches, int at) {
        return BatchHeader.size(batches, at) + extraOf(batches, at);
    }

    private static int extraOf(ByteBuffer batches, int at) {
        Pointer pointer = LinkBatch.isLink(batches, at) ? pointer(batches, at) : null;
        return pointer == null ? 0 : pointer.length() - BatchHeader.size(batches, at);
    }

    private static @Nullable Pointer pointer(ByteBuffer batches, int at) {
        try {
            return LinkBatch.read(batches, at).pointer();
        } catch (RuntimeException e) {
            // A read of this batch reports the damage; it has no data that could be kept.
            return null;
        }
    }

    private synchronized void add(long segmentBaseOffset, int end, ByteBuffer batches, int at) {
        Pointer pointer = pointer(batches, at);
        if (pointer != null) {
            references.add(segmentBaseOffset, pointer.object());
        }
        Links links = segments.get(segmentBaseOffset);
        if (links == null) {
            links = new Links();
            segments.put(segmentBaseOffset, links);
            forgetDetails();
        }
        links.add(end, pointer == null ? 0 : pointer.length() - BatchHeader.size(batches, at));
    }

    /** What a summary of a closed segment says of it, with the references of its links. */
    public synchronized SegmentSummary summary(SegmentSummary.Segment segment) {
        Links links = segments.get(segment.baseOffset());
        return new SegmentSummary(
                segment,
                links == null ? SegmentSummary.LinkSizes.NONE : links.sizes(),
                references.encoded(segment.baseOffset()));
    }

    /**
     * Takes over what a summary says of a segment, in the order of segments, at loading.
     *
     * @throws MalformedGcObjectException for references that cannot be read; nothing is known of the segment then
     */
    public synchronized void restore(SegmentSummary summary) {
        if (summary.links().lastLinkEnd() == 0) {
            return;
        }
        references.restore(summary.segment().baseOffset(), summary.references());
        segments.put(summary.segment().baseOffset(), new Links(summary.links()));
        forgetDetails();
    }

    private void forgetDetails() {
        int newest = 0;
        for (Links links : segments.descendingMap().values()) {
            if (++newest > DETAILED_SEGMENTS) {
                if (!links.detailed) {
                    return;
                }
                links.forgetDetails();
            }
        }
    }

    /**
     * Follows truncation and deletion: {@code sizes} are the segments there are, by base offset, with their sizes.
     * Returns those that were forgotten because links were cut off: load them again.
     */
    public synchronized List<Long> retain(Map<Long, Integer> sizes) {
        List<Long> unknown = new ArrayList<>();
        Iterator<Map.Entry<Long, Links>> entries = segments.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<Long, Links> entry = entries.next();
            Integer size = sizes.get(entry.getKey());
            if (size == null || entry.getValue().isCutBy(size)) {
                entries.remove();
                references.drop(entry.getKey());
                if (size != null && size > 0) {
                    unknown.add(entry.getKey());
                }
            }
        }
        return unknown;
    }

    /** True if no segment holds a link. */
    public synchronized boolean isEmpty() {
        return segments.isEmpty();
    }

    public synchronized boolean hasLinks(long segmentBaseOffset) {
        return segments.containsKey(segmentBaseOffset);
    }

    /** Bytes that the links of all segments stand for, beyond their own. */
    public synchronized long extra() {
        return segments.values().stream().mapToLong(Links::total).sum();
    }

    /** Bytes that the links of one segment stand for, beyond their own. */
    public synchronized long extra(long segmentBaseOffset) {
        Links links = segments.get(segmentBaseOffset);
        return links == null ? 0 : links.total();
    }

    /**
     * The position that {@code position} would be if links were data; unchanged for old segments, of which only totals
     * are kept. Capped at the largest int.
     */
    public synchronized int realPosition(long segmentBaseOffset, int position) {
        Links links = segments.get(segmentBaseOffset);
        return links == null ? position : (int) Math.min(Integer.MAX_VALUE, position + links.extraBefore(position));
    }

    /** The links of one segment in order. */
    private static final class Links {
        private int count;
        private int[] ends = new int[16];
        private long[] extras = new long[16];
        private long total;
        private int lastEnd;
        private boolean detailed = true;

        Links() {}

        Links(SegmentSummary.LinkSizes known) {
            total = known.extraBytes();
            lastEnd = known.lastLinkEnd();
            count = known.ends().length;
            ends = known.ends();
            extras = known.extras();
            detailed = count > 0;
        }

        SegmentSummary.LinkSizes sizes() {
            return new SegmentSummary.LinkSizes(
                    lastEnd, total, Arrays.copyOf(ends, count), Arrays.copyOf(extras, count));
        }

        void add(int end, int extra) {
            total += extra;
            lastEnd = end;
            if (!detailed) {
                return;
            }
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, count * 2);
                extras = Arrays.copyOf(extras, count * 2);
            }
            ends[count] = end;
            extras[count++] = total;
        }

        void forgetDetails() {
            detailed = false;
            count = 0;
            ends = new int[0];
            extras = new long[0];
        }

        boolean isCutBy(int size) {
            return size < lastEnd;
        }

        long total() {
            return total;
        }

        long extraBefore(int position) {
            int index = indexAfter(position);
            return index == 0 ? 0 : extras[index - 1];
        }

        /** How many links end at or before the position. */
        private int indexAfter(int position) {
            int found = Arrays.binarySearch(ends, 0, count, position);
            return found >= 0 ? found + 1 : -found - 1;
        }
    }
}
