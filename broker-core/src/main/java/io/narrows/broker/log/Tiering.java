package io.narrows.broker.log;

import io.narrows.broker.tier.TierServices;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the logs of a broker know of its tiered storage: whether segments with links may be copied at all, and how to read what was
 * copied. Written once by the thread that starts the broker, read by any.
 */
public final class Tiering {
    private final @Nullable TierServices services;
    private volatile @Nullable CopiedReads copied;

    public Tiering(@Nullable TierServices services) {
        this.services = services;
    }

    /** Reads of segment objects that do not wait. */
    @FunctionalInterface
    public interface CopiedReads {
        CompletableFuture<FetchDataInfo> read(RemoteStorageFetchInfo request);
    }

    @Nullable
    public TierServices services() {
        return services;
    }

    /** The remote storage manager of this broker is ours. */
    public void resolvesLinks(CopiedReads reads) {
        copied = reads;
    }

    /** Whether tiered storage puts real batches in place of links. Any other would copy links as data. */
    public boolean resolvesLinks() {
        return copied != null;
    }

    @Nullable
    public CopiedReads copied() {
        return copied;
    }
}
