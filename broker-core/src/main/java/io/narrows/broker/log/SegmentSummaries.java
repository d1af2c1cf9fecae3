package io.narrows.broker.log;

import io.narrows.broker.read.LogicalSizes;
import io.narrows.broker.read.SegmentSummary;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.storage.internals.log.LogFileUtils;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The summary files of one log: written beside closed segments, read when the log is loaded. They save reading segments and
 * nothing else, so one that is missing, damaged or of another file is passed over, and a failure to write one is a log line.
 * Guarded by itself; the thread that flushes a log is not the one that truncates it.
 */
final class SegmentSummaries {
    static final String SUFFIX = ".summary";

    private static final Logger LOG = LoggerFactory.getLogger(SegmentSummaries.class);

    private final Supplier<File> dir;
    private final LogicalSizes sizes;
    private final TreeSet<Long> files = new TreeSet<>();
    /** Closed segments below have their file, or got none. */
    private long firstUnwritten;

    /** The directory of a log changes its name when the log is deleted. */
    SegmentSummaries(Supplier<File> dir, LogicalSizes sizes) {
        this.dir = dir;
        this.sizes = sizes;
    }

    /**
     * Tells the log's sizes what they need to know of its segments when it is loaded: from summaries where these can be
     * trusted, otherwise from the segments. Those are read that Kafka reads after an unclean shutdown, and closed ones without a
     * summary, which get one.
     */
    synchronized Loaded load(LogSegments segments, Trust trust) throws IOException {
        List<LogSegment> all = List.copyOf(segments.values());
        int read = 0;
        int restored = 0;
        firstUnwritten = Long.MAX_VALUE;
        for (int i = 0; i < all.size(); i++) {
            LogSegment segment = all.get(i);
            boolean isActive = i + 1 == all.size();
            boolean flushed =
                    trust.lastShutdownClean() || (!isActive && all.get(i + 1).baseOffset() <= trust.recoveryPoint());
            if (flushed && (!trust.hasMarker() || restore(segment))) {
                restored++;
                continue;
            }
            sizes.load(segment.baseOffset(), segment.log());
            read++;
            if (flushed && !isActive) {
                write(segment);
            } else {
                firstUnwritten = Math.min(firstUnwritten, segment.baseOffset());
            }
        }
        firstUnwritten = trust.hasMarker()
                ? Math.min(firstUnwritten, all.get(all.size() - 1).baseOffset())
                : 0;
        deleteOrphans(segments);
        return new Loaded(read, restored);
    }

    /** What is known of a log's files before they are read: see {@link HybridLocalLog}. */
    record Trust(boolean hasMarker, boolean lastShutdownClean, long recoveryPoint) {}

    /** How many segments were read, and how many were not. */
    record Loaded(int read, int restored) {}

    private boolean restore(LogSegment segment) {
        Path file = file(segment.baseOffset());
        try {
            long bytes = Files.size(file);
            if (bytes > SegmentSummary.MAX_BYTES) {
                throw new IllegalArgumentException("a segment summary of " + bytes + " bytes is too long");
            }
            SegmentSummary summary = SegmentSummary.read(ByteBuffer.wrap(Files.readAllBytes(file)));
            files.add(segment.baseOffset());
            if (!summary.segment().equals(identity(segment))) {
                LOG.atInfo()
                        .addKeyValue("file", file)
                        .addKeyValue("found", summary.segment())
                        .addKeyValue("expected", identity(segment))
                        .log(
                                "Ignored a segment summary of another version of the segment; the segment is read instead");
                return false;
            }
            sizes.restore(summary);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException | RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log("Could not read a segment summary; the segment is read instead");
            return false;
        }
    }

    /** Writes what is missing of closed segments, after they were flushed. */
    synchronized void writeClosed(LogSegments segments) {
        if (segments.isEmpty()) {
            return;
        }
        long active = segments.activeSegment().baseOffset();
        if (firstUnwritten >= active) {
            return;
        }
        for (LogSegment segment : segments.values(firstUnwritten, active)) {
            if (segment.baseOffset() >= firstUnwritten && segment.baseOffset() < active) {
                write(segment);
            }
        }
        firstUnwritten = active;
    }

    /** Writes what is missing, after a clean shutdown closed the segments; of the active one, too. */
    synchronized void writeAll(LogSegments segments) {
        writeClosed(segments);
        segments.lastSegment().ifPresent(this::write);
    }

    private void write(LogSegment segment) {
        Path file = file(segment.baseOffset());
        try {
            SegmentSummary summary = sizes.summary(identity(segment));
            if (summary.sizeBytes() > SegmentSummary.MAX_BYTES) {
                return;
            }
            files.add(segment.baseOffset());
            // Neither renamed nor forced: the checksum tells of a torn one, and then the segment is read.
            Files.write(file, summary.write().array());
        } catch (NoSuchFileException e) {
            // The directory was renamed: the log is being deleted.
            files.remove(segment.baseOffset());
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", file).setCause(e).log("Could not write a segment summary");
        }
    }

    private static SegmentSummary.Segment identity(LogSegment segment) {
        return new SegmentSummary.Segment(
                segment.baseOffset(), segment.size(), segment.log().file().lastModified());
    }

    /** Segments were deleted or truncated: what was cut is not closed any more. */
    synchronized void follow(LogSegments segments) {
        long active = segments.lastSegment().map(LogSegment::baseOffset).orElse(Long.MIN_VALUE);
        firstUnwritten = Math.min(firstUnwritten, Math.max(active, 0));
        for (long baseOffset : List.copyOf(files)) {
            if (baseOffset >= active || !segments.contains(baseOffset)) {
                delete(file(baseOffset));
                files.remove(baseOffset);
            }
        }
    }

    private void deleteOrphans(LogSegments segments) throws IOException {
        try (Stream<Path> present = Files.list(dir.get().toPath())) {
            present.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .filter(file -> !segments.contains(LogFileUtils.offsetFromFile(file.toFile())))
                    .forEach(SegmentSummaries::delete);
        }
    }

    private static void delete(Path file) {
        try {
            boolean unused = Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", file).setCause(e).log("Could not delete a segment summary");
        }
    }

    private Path file(long baseOffset) {
        return dir.get().toPath().resolve(LogFileUtils.filenamePrefixFromOffset(baseOffset) + SUFFIX);
    }
}
