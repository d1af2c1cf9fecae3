package io.narrows.broker.repair;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.read.LinkScan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.FileRecords;

/**
 * The links in a broker's log directory, read from its files only, also while the broker runs. Changes nothing. Used by one
 * thread.
 */
public final class LogDirScan {
    /** Not those of logs that are being deleted, which have a suffix after a dot. */
    private static final Pattern PARTITION_DIR = Pattern.compile("([a-zA-Z0-9._-]+)-(\\d+)");

    private final Path logDir;

    public LogDirScan(Path logDir) {
        this.logDir = logDir;
    }

    /** Gets each link that readers can still come to. */
    @FunctionalInterface
    public interface Visitor {
        void link(SkippedBatch.Place place, SkippedBatch.Content content, LinkBatch link)
                throws IOException, InterruptedException;
    }

    /** The cluster that the directory belongs to. */
    public String clusterId() throws IOException {
        Properties properties = new Properties();
        Path file = logDir.resolve("meta.properties");
        try (var in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(
                    logDir + " is not a log directory of a broker: it has no meta.properties; name one of log.dirs", e);
        }
        String id = properties.getProperty("cluster.id");
        if (id == null) {
            throw new IllegalArgumentException(file + " contains no cluster.id");
        }
        return id;
    }

    public void links(Predicate<String> topics, Visitor visitor) throws IOException, InterruptedException {
        Map<String, Long> startOffsets = startOffsets();
        for (Path dir : children(logDir)) {
            String name = String.valueOf(dir.getFileName());
            Matcher partition = PARTITION_DIR.matcher(name);
            if (!Files.isDirectory(dir) || !partition.matches() || !topics.test(partition.group(1))) {
                continue;
            }
            long startOffset = startOffsets.getOrDefault(partition.group(1) + " " + partition.group(2), 0L);
            SkippedBatch.Place partitionStart = new SkippedBatch.Place(
                    partition.group(1), topicId(dir), Integer.parseInt(partition.group(2)), startOffset, startOffset);
            for (Path file : children(dir)) {
                if (file.toString().endsWith(".log")) {
                    scan(file, partitionStart, visitor);
                }
            }
        }
    }

    private static void scan(Path file, SkippedBatch.Place start, Visitor visitor)
            throws IOException, InterruptedException {
        record Found(SkippedBatch.Place place, SkippedBatch.Content content, LinkBatch link) {}
        List<Found> links = new ArrayList<>();
        try (FileRecords records = FileRecords.open(file.toFile(), false)) {
            LinkScan.of(records, (buffer, at, link) -> {
                SkippedBatch.Place place = new SkippedBatch.Place(
                        start.topic(),
                        start.topicId(),
                        start.partition(),
                        BatchHeader.baseOffset(buffer, at),
                        BatchHeader.lastOffset(buffer, at));
                if (place.lastOffset() >= start.baseOffset()) {
                    links.add(new Found(place, content(buffer, at, link), link));
                }
            });
        } catch (NoSuchFileException e) {
            // Retention deleted the segment since the directory was listed.
            return;
        }
        for (Found found : links) {
            visitor.link(found.place(), found.content(), found.link());
        }
    }

    private static SkippedBatch.Content content(ByteBuffer buffer, int at, LinkBatch link) {
        return new SkippedBatch.Content(
                link.count(),
                BatchHeader.baseTimestamp(buffer, at),
                BatchHeader.maxTimestamp(buffer, at),
                BatchHeader.producerId(buffer, at),
                BatchHeader.producerEpoch(buffer, at));
    }

    private static String topicId(Path dir) throws IOException {
        try (Stream<String> lines = Files.lines(dir.resolve("partition.metadata"))) {
            return lines.filter(line -> line.startsWith("topic_id: "))
                    .map(line -> line.substring("topic_id: ".length()))
                    .findFirst()
                    .orElse("-");
        } catch (NoSuchFileException e) {
            return "-";
        }
    }

    /** By topic and partition, with a space between; as of the last checkpoint, so at most a minute old. */
    private Map<String, Long> startOffsets() throws IOException {
        Map<String, Long> offsets = new HashMap<>();
        Path file = logDir.resolve("log-start-offset-checkpoint");
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split(" ", -1);
                if (words.length == 3) {
                    offsets.put(words[0] + " " + words[1], Long.parseLong(words[2]));
                }
            }
        }
        return offsets;
    }

    private static List<Path> children(Path dir) throws IOException {
        try (Stream<Path> children = Files.list(dir)) {
            return children.sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
