package io.narrows.relay.store;

import io.narrows.relay.loop.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries at the start what a process needs of the object store, with a small object of its own below {@code check/}, and
 * says what is wrong and what to do. It goes on until the store works, and begins again when operations fail later, so that
 * {@link #problem} is about now. Owned by its loop; {@link #problem} may be asked from any thread. Does not own the store.
 */
public final class StoreCheck {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCheck.class);

    /** One object per writer, so what a process without permission to delete leaves behind is bounded. */
    public static final String PREFIX = "check/";

    private static final byte[] CONTENT = "narrows store check".getBytes(StandardCharsets.US_ASCII);
    private static final int RANGE_AT = 8;
    private static final int RANGE_BYTES = 5;
    private static final int MAX_LEFTOVERS = 1000;
    /** Objects of other writers that are older than this are left over from processes that may not delete. */
    private static final long LEFTOVER_MS = TimeUnit.HOURS.toMillis(1);

    private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LAST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long WATCH_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final ObjectStore store;
    private final StoreMetrics metrics;
    private final Loop loop;
    private final String key;
    private final Set<StoreOperation> needed;

    private volatile String problem = "no response from the object store yet";

    // Owned by the loop.
    private boolean stopped;
    private boolean said;
    private long pauseNanos = FIRST_PAUSE_NANOS;
    private long knownFailures;

    /** {@code needed}: PUT always; of GET, LIST and DELETE what the process does later. */
    public StoreCheck(ObjectStore store, StoreMetrics metrics, Loop loop, String writer, Set<StoreOperation> needed) {
        this.store = store;
        this.metrics = metrics;
        this.loop = loop;
        this.key = PREFIX + writer;
        this.needed = Set.copyOf(needed);
    }

    public void start() {
        loop.execute(this::check);
    }

    public void stop() {
        loop.execute(() -> stopped = true);
    }

    /** Empty when the store did what is needed; otherwise what was found and what to do. */
    public String problem() {
        return problem;
    }

    private void check() {
        if (stopped) {
            return;
        }
        CompletableFuture<Void> unused = put().thenCompose(done -> get())
                .thenCompose(done -> list())
                .thenCompose(this::delete)
                .whenComplete((done, failure) -> loop.execute(() -> ended(failure)));
    }

    private CompletableFuture<Void> put() {
        return store.put(key, Unpooled.wrappedBuffer(CONTENT));
    }

    private CompletableFuture<Void> get() {
        if (!needed.contains(StoreOperation.GET)) {
            return CompletableFuture.completedFuture(null);
        }
        return store.get(key, RANGE_AT, RANGE_BYTES).thenAccept(StoreCheck::compare);
    }

    /** Consumes {@code bytes}. */
    private static void compare(ByteBuf bytes) {
        try {
            ByteBuf expected = Unpooled.wrappedBuffer(CONTENT, RANGE_AT, RANGE_BYTES);
            if (!bytes.equals(expected)) {
                throw new ObjectStoreException(
                        ObjectStoreException.Kind.CORRUPT,
                        "a GET of a range returned other bytes than were put; check what is between this process and S3",
                        null);
            }
        } finally {
            boolean unused = bytes.release();
        }
    }

    private CompletableFuture<List<ObjectInfo>> list() {
        if (!needed.contains(StoreOperation.LIST)) {
            return CompletableFuture.completedFuture(List.of());
        }
        return store.list(PREFIX, "", MAX_LEFTOVERS).thenApply(Listing::objects);
    }

    private CompletableFuture<Void> delete(List<ObjectInfo> listed) {
        if (!needed.contains(StoreOperation.DELETE)) {
            return CompletableFuture.completedFuture(null);
        }
        // Ages are compared by the store's clock alone.
        long nowMs = listed.stream().mapToLong(ObjectInfo::modifiedMs).max().orElse(0);
        List<String> keys = new ArrayList<>(List.of(key));
        listed.stream()
                .filter(object -> nowMs - object.modifiedMs() > LEFTOVER_MS)
                .map(ObjectInfo::key)
                .filter(other -> !other.equals(key))
                .forEach(keys::add);
        return store.delete(keys);
    }

    private void ended(@Nullable Throwable failure) {
        if (stopped) {
            return;
        }
        knownFailures = metrics.failuresOfTheStore();
        if (failure == null) {
            succeeded();
            return;
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String found = String.valueOf(cause.getMessage());
        if (!said || !found.equals(problem)) {
            LOG.atWarn()
                    .addKeyValue("problem", found)
                    .log("Object store check failed, sending batches inline until it passes");
        }
        said = true;
        problem = found;
        Loop.Timer unused = loop.schedule(pauseNanos, this::check);
        pauseNanos = Math.min(LAST_PAUSE_NANOS, pauseNanos * 2);
    }

    private void succeeded() {
        if (said || !problem.isEmpty()) {
            LOG.atInfo().addKeyValue("needed", needed).log("Object store check passed");
        }
        said = false;
        problem = "";
        pauseNanos = FIRST_PAUSE_NANOS;
        watch();
    }

    /** Costs nothing while the store works: only failures of the process's own requests begin another check. */
    private void watch() {
        Loop.Timer unused = loop.schedule(WATCH_NANOS, () -> {
            if (stopped) {
                return;
            }
            if (metrics.failuresOfTheStore() > knownFailures) {
                check();
            } else {
                watch();
            }
        });
    }
}
