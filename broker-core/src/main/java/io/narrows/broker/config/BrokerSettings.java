package io.narrows.broker.config;

import io.narrows.broker.read.CatchUpReadThrottle;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.store.S3Settings;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parsed {@code narrows.*} settings of a process with the broker role. */
public record BrokerSettings(
        S3Settings s3,
        String writerId,
        Linking link,
        Wal wal,
        Reading read,
        TierSettings tier,
        @Nullable Relay relay,
        Gc gc) {
    /** Whether the broker writes batches to the object store on its own. */
    public enum LinkMode {
        AUTO,
        ALWAYS,
        NEVER
    }

    public record Linking(LinkMode mode, int minBytes, int lingerMs, int maxWaitAfterDataMs, PriceBook prices) {}

    public record Wal(
            int flushBytes, int lingerMs, int putsInFlight, int putsPerSecond, int putTimeoutMs, long bufferBytes) {}

    public record Reading(
            long cacheBytes,
            int getsInFlight,
            long catchUpCacheBytes,
            long memoryBytes,
            long slowReaderTimeoutMs,
            int threads,
            CatchUpReadThrottle.Settings pace) {}

    /** Garbage collection: whether this broker may be the collector, how often, and how long what is dead lives on. */
    public record Gc(boolean enabled, long intervalMs, long graceMs) {}

    /**
     * Absent when the broker serves no proxies.
     *
     * @param tls whether proxies connect with TLS
     * @param allowedPrincipals of proxies; empty: all
     */
    public record Relay(
            InetSocketAddress listener,
            long memoryBytes,
            int maxFrameBytes,
            int networkThreads,
            int handlerThreads,
            int fetchTimeoutMs,
            boolean tls,
            Set<String> allowedPrincipals) {
        public Relay {
            allowedPrincipals = Set.copyOf(allowedPrincipals);
        }
    }
}
