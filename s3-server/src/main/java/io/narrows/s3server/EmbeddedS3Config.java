package io.narrows.s3server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the embedded server. {@code seed} is that of jitter and of random refusals. {@code directory} is where objects are kept; null keeps them in memory, up to
 * {@code maxMemoryBytes} off the heap. Port 0 takes a free one.
 */
public record EmbeddedS3Config(
        String host, int port, @Nullable Path directory, long maxMemoryBytes, LatencyModel latency, long seed) {
    private static final long DEFAULT_MEMORY_BYTES = 512L << 20;

    /** On a free loopback port, in memory, without latency. */
    public static EmbeddedS3Config inMemory() {
        return new EmbeddedS3Config("127.0.0.1", 0, null, DEFAULT_MEMORY_BYTES, LatencyModel.NONE, 1);
    }

    /** On a free loopback port, in files below the directory, which is created when missing. */
    public static EmbeddedS3Config inDirectory(Path directory) {
        return new EmbeddedS3Config("127.0.0.1", 0, directory, DEFAULT_MEMORY_BYTES, LatencyModel.NONE, 1);
    }

    public EmbeddedS3Config withAddress(String newHost, int newPort) {
        return new EmbeddedS3Config(newHost, newPort, directory, maxMemoryBytes, latency, seed);
    }

    public EmbeddedS3Config withLatency(LatencyModel newLatency) {
        return new EmbeddedS3Config(host, port, directory, maxMemoryBytes, newLatency, seed);
    }

    public EmbeddedS3Config withMaxMemoryBytes(long bytes) {
        return new EmbeddedS3Config(host, port, directory, bytes, latency, seed);
    }
}
