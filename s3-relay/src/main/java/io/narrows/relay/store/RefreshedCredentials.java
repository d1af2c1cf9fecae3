package io.narrows.relay.store;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Credentials of a provider that may block: a file, a process, an endpoint of the container, the instance or STS. A thread
 * of its own asks the provider ahead of expiry; everybody else reads the last answer, which counts until it expires.
 * Owns the thread and the provider.
 */
final class RefreshedCredentials extends StoreCredentials {
    private static final Logger LOG = LoggerFactory.getLogger(RefreshedCredentials.class);
    /** The provider has a cache of its own, so being asked costs it nothing until a renewal is due. */
    private static final long MAX_PAUSE_MS = 60_000;

    private static final long MIN_PAUSE_MS = 1_000;
    /** Of what is left of the credentials' life, so that several attempts fit into it. */
    private static final int PAUSES_BEFORE_EXPIRY = 4;

    private static final long MAX_RETRY_PAUSE_MS = 15_000;

    private final Supplier<AwsCredentialsProvider> source;
    private final LongSupplier wallMs;
    private final ScheduledThreadPoolExecutor thread;
    private final CompletableFuture<Void> first = new CompletableFuture<>();

    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable Held held;
    private volatile String lastFailure = "the credential providers have not answered yet";

    // Owned by the thread.
    private @Nullable AwsCredentialsProvider provider;
    private int failures;

    /** {@code usableUntilMs}: by the clock of this process. */
    private record Held(AwsCredentials credentials, long usableUntilMs) {}

    private RefreshedCredentials(Supplier<AwsCredentialsProvider> source, LongSupplier wallMs) {
        this.source = source;
        this.wallMs = wallMs;
        this.thread = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("s3-credentials", true));
    }

    /** Begins to ask; {@code source} makes the provider on the thread. Nobody waits longer than {@code firstLimit}. */
    static RefreshedCredentials start(
            Supplier<AwsCredentialsProvider> source, LongSupplier wallMs, Duration firstLimit) {
        RefreshedCredentials credentials = new RefreshedCredentials(source, wallMs);
        credentials.thread.execute(credentials::refresh);
        CompletableFuture<Void> unused =
                credentials.first.completeOnTimeout(null, firstLimit.toMillis(), TimeUnit.MILLISECONDS);
        return credentials;
    }

    @Override
    @Nullable
    AwsCredentials current() {
        Held now = held;
        return now == null || now.usableUntilMs() <= wallMs.getAsLong() ? null : now.credentials();
    }

    @Override
    ObjectStoreException missing() {
        String state = held == null ? "found no credentials" : "the credentials have expired and were not renewed";
        return new ObjectStoreException(
                Kind.DENIED,
                state + ": " + lastFailure + ". Check the role of the process and the endpoint of its credentials",
                null);
    }

    @Override
    CompletableFuture<Void> first() {
        return first;
    }

    /** The SDK's client closes its credentials, too, so it may come twice. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        thread.execute(() -> {
            AwsCredentialsProvider opened = provider;
            if (opened instanceof AutoCloseable closeable) {
                closeQuietly(closeable);
            }
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.shutdown();
        first.complete(null);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.atDebug().setCause(e).log("A credential provider did not close");
        }
    }

    private void refresh() {
        long pauseMs;
        try {
            AwsCredentialsProvider asked = provider;
            if (asked == null) {
                asked = source.get();
                provider = asked;
            }
            pauseMs = hold(asked.resolveCredentials());
        } catch (Exception | LinkageError e) {
            pauseMs = failed(e);
        }
        first.complete(null);
        try {
            ScheduledFuture<?> unused = thread.schedule(this::refresh, pauseMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("Credentials are not refreshed any more: the store is closed");
        }
    }

    /**
     * What a provider hands out counts until the provider has been asked again, even when it is past its expiry: the
     * instance's role is extended this way while its endpoint is down.
     */
    private long hold(AwsCredentials fresh) {
        long now = wallMs.getAsLong();
        Instant expiry = fresh.expirationTime().orElse(null);
        long leftMs = expiry == null ? Long.MAX_VALUE : Math.max(0, expiry.toEpochMilli() - now);
        long pauseMs = Math.max(MIN_PAUSE_MS, Math.min(MAX_PAUSE_MS, leftMs / PAUSES_BEFORE_EXPIRY));
        Held before = held;
        held = new Held(fresh, expiry == null ? Long.MAX_VALUE : now + Math.max(leftMs, 2 * pauseMs));
        if (before == null || failures > 0) {
            LOG.atInfo()
                    .addKeyValue("accessKey", fresh.accessKeyId())
                    .addKeyValue("provider", fresh.providerName().orElse("unknown"))
                    .addKeyValue("expires", expiry == null ? "never" : expiry.toString())
                    .addKeyValue("failedAttempts", failures)
                    .log("Object store credentials are valid");
        }
        failures = 0;
        return pauseMs;
    }

    private long failed(Throwable cause) {
        lastFailure = String.valueOf(cause.getMessage());
        long pauseMs = Math.min(MAX_RETRY_PAUSE_MS, MIN_PAUSE_MS << Math.min(failures, 10));
        failures++;
        if (failures == 1) {
            Held now = held;
            LOG.atWarn()
                    .addKeyValue("cause", lastFailure)
                    .addKeyValue(
                            "validUntil",
                            now == null
                                    ? "none are valid"
                                    : Instant.ofEpochMilli(now.usableUntilMs()).toString())
                    .log("Object store credentials could not be fetched: retrying in the background");
        }
        return pauseMs;
    }
}
