package io.narrows.broker.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import kafka.log.LogManager;
import org.apache.kafka.server.metrics.KafkaMetricsGroup;
import org.apache.kafka.server.util.FileLock;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lets go of the log manager that the stock start-up builds before ours takes its place. Its {@code shutdown} would
 * rewrite the offset checkpoints as empty files, so only what it holds is given back: the directory locks and the
 * gauges that would otherwise hide ours. No file but {@code .lock} is touched.
 */
final class DiscardedLogManager {
    private DiscardedLogManager() {}

    static void release(LogManager stock) {
        for (FileLock lock : CollectionConverters.asJava(stock.dirLocks())) {
            try {
                lock.destroy();
            } catch (IOException e) {
                throw new UncheckedIOException("Could not release the lock of a log directory", e);
            }
        }
        KafkaMetricsGroup metrics = new KafkaMetricsGroup("kafka.log", "LogManager");
        metrics.removeMetric("OfflineLogDirectoryCount");
        metrics.removeMetric("CordonedLogDirectoryCount");
        for (var dir : CollectionConverters.asJava(stock.liveLogDirs())) {
            Map<String, String> tags = Map.of("logDirectory", dir.getAbsolutePath());
            metrics.removeMetric("LogDirectoryOffline", tags);
            metrics.removeMetric("LogDirectoryCordoned", tags);
        }
    }
}
