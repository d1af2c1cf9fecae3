package io.narrows.cli.inspect;

import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.repair.SkippedBatch.Reason;
import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Says whether the object store has the bytes behind a link. Anything that is not an answer about the object itself (no permission,
 * throttled, unreachable) fails instead: what cannot be read now is not lost. Used by one thread, which waits.
 */
public final class RangeJudge {
    private static final int PAGE = 1000;

    private final ObjectStore store;
    private final Waiting waiting;
    private final Depth depth;
    /** Objects that are there, with their sizes. */
    private final Map<WalObjectId, Long> present = new HashMap<>();

    private final Set<WalObjectId> missing = new HashSet<>();
    private final Set<WriterIncarnation> listed = new HashSet<>();

    /** What is looked at. */
    public enum Depth {
        /** Whether the objects are there, and long enough. */
        OBJECTS,
        /** Every range, which reads all the data. */
        BYTES
    }

    /** How the caller waits for an answer. */
    @FunctionalInterface
    public interface Waiting {
        <T> T await(CompletableFuture<T> answer) throws InterruptedException;
    }

    public RangeJudge(ObjectStore store, Waiting waiting, Depth depth) {
        this.store = store;
        this.waiting = waiting;
        this.depth = depth;
    }

    /** Why the link's batch is lost; empty if it is not. */
    public Optional<Reason> judge(LinkBatch link) throws InterruptedException {
        Pointer pointer = link.pointer();
        if (missing.contains(pointer.object())) {
            return Optional.of(Reason.MISSING);
        }
        list(WriterIncarnation.of(pointer.object()));
        Long sizeBytes = present.get(pointer.object());
        if (sizeBytes == null || sizeBytes < pointer.end()) {
            // It may be younger than the listing, or back.
            Optional<ObjectInfo> info = info(pointer.object());
            if (info.isEmpty()) {
                return Optional.of(missing(pointer));
            }
            present.put(pointer.object(), info.get().sizeBytes());
            if (info.get().sizeBytes() < pointer.end()) {
                return Optional.of(Reason.DAMAGED);
            }
        }
        return depth == Depth.BYTES ? bytes(link) : Optional.empty();
    }

    private Reason missing(Pointer pointer) {
        missing.add(pointer.object());
        return Reason.MISSING;
    }

    /** One request for a thousand objects instead of one for each. */
    private void list(WriterIncarnation incarnation) throws InterruptedException {
        if (!listed.add(incarnation)) {
            return;
        }
        String last = "";
        Listing page;
        do {
            page = waiting.await(store.list(incarnation.prefix(), last, PAGE));
            for (ObjectInfo object : page.objects()) {
                present.put(WalObjectId.parse(object.key()), object.sizeBytes());
                last = object.key();
            }
        } while (page.truncated());
    }

    private Optional<ObjectInfo> info(WalObjectId object) throws InterruptedException {
        return waiting.await(store.head(object.key())
                .thenApply(Optional::of)
                .exceptionallyCompose(failure -> kind(failure) == Kind.NOT_FOUND
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.failedFuture(failure)));
    }

    private Optional<Reason> bytes(LinkBatch link) throws InterruptedException {
        Pointer pointer = link.pointer();
        Optional<Reason> lost = waiting.await(store.get(pointer.object().key(), pointer.position(), pointer.length())
                .thenApply(bytes -> isBatch(link, bytes) ? Optional.<Reason>empty() : Optional.of(Reason.DAMAGED))
                .exceptionallyCompose(RangeJudge::missingOrUnknown));
        return lost.filter(Reason.MISSING::equals).isPresent() ? Optional.of(missing(pointer)) : lost;
    }

    private static CompletableFuture<Optional<Reason>> missingOrUnknown(Throwable failure) {
        return kind(failure) == Kind.NOT_FOUND
                ? CompletableFuture.completedFuture(Optional.of(Reason.MISSING))
                : CompletableFuture.failedFuture(failure);
    }

    /** Consumes the buffer. */
    private static boolean isBatch(LinkBatch link, ByteBuf bytes) {
        try {
            if (Crc32c.of(bytes) != link.pointer().crc32c()) {
                return false;
            }
            link.verify(bytes.nioBuffer(), 0);
            return true;
        } catch (CorruptLinkException e) {
            return false;
        } finally {
            bytes.release();
        }
    }

    private static Kind kind(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException known ? known.kind() : Kind.UNAVAILABLE;
    }
}
