package io.narrows.cli.demo;

import io.narrows.cli.load.LoadResult;
import io.narrows.s3server.S3Counters;

/** What a history demo found. */
public record HistoryFigures(LoadResult load, long producedBytes, Census census) {
    /**
     * The store and the brokers at the end.
     *
     * @param requests of the whole run
     * @param localBytes of all replicas' local segments, in real bytes
     * @param linkBytes what these take on disk
     */
    public record Census(
            S3Counters.Snapshot requests,
            Kind wal,
            Kind segments,
            Kind other,
            long localBytes,
            long linkBytes,
            Copies copies,
            Reader tail,
            Reader walHistory,
            Reader blocks,
            Garbage garbage) {}

    /** Objects in the bucket. */
    public record Kind(long objects, long bytes) {
        Kind plus(long size) {
            return new Kind(objects + 1, bytes + size);
        }
    }

    /** What brokers copied to segment objects, and read of them for consumers. */
    public record Copies(long segments, long bytes, long gets, long readBytes) {}

    /** A range reader's cache, summed over brokers. */
    public record Reader(long hits, long misses, long joined, long gets, long getBytes) {
        double hitRatio() {
            return hits + misses == 0 ? 0 : (double) hits / (hits + misses);
        }
    }

    /** WAL objects that brokers have collected. */
    public record Garbage(long objects, long bytes) {}

    /** Bytes written to the store per byte produced. */
    public double writeAmplification() {
        return producedBytes == 0 ? 0 : (double) census.requests().bytesPut() / producedBytes;
    }

    public boolean isClean() {
        return load.isClean();
    }
}
