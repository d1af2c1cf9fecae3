package io.narrows.relay.store;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Credentials of a provider that may block: a file, a process, an endpoint of the container, the instance or STS. A {@link
 * CredentialWorker} asks the provider ahead of expiry, and another one takes its place when the provider does not answer;
 * all other threads read the last response, which is valid until it expires. A thread of its own owns the state and never waits.
 */
final class RefreshedCredentials extends StoreCredentials {
    private static final Logger LOG = LoggerFactory.getLogger(RefreshedCredentials.class);
    /** The provider has a cache of its own, so being asked costs it nothing until a renewal is due. */
    private static final long MAX_PAUSE_MS = 60_000;

    private static final long MIN_PAUSE_MS = 1_000;
    /** Of what is left of the credentials' life, so that several attempts fit into it. */
    private static final int PAUSES_BEFORE_EXPIRY = 4;

    /** Workers whose provider has not come back; each of them keeps a thread. */
    private static final int MAX_STUCK = 4;

    private final Supplier<AwsCredentialsProvider> source;
    private final LongSupplier wallMs;
    private final Limits limits;
    private final ScheduledThreadPoolExecutor thread;
    private final CompletableFuture<Void> first = new CompletableFuture<>();

    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable Held held;
    private volatile String lastFailure = "no response from the credential providers yet";

    private final AtomicInteger stuck = new AtomicInteger();

    // Owned by the thread.
    private @Nullable CredentialWorker worker;
    private int failures;

    /**
     * @param first maximum wait for the first response
     * @param answer a provider that takes longer is abandoned, and a new one is called
     * @param pause the longest one after a failure
     */
    record Limits(Duration first, Duration answer, Duration pause) {}

    /** {@code usableUntilMs}: by the clock of this process. */
    private record Held(AwsCredentials credentials, long usableUntilMs) {}

    private RefreshedCredentials(Supplier<AwsCredentialsProvider> source, LongSupplier wallMs, Limits limits) {
        this.source = source;
        this.wallMs = wallMs;
        this.limits = limits;
        this.thread = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("s3-credentials", true));
    }

    /** Begins to ask; {@code source} makes a provider on a worker's thread. */
    static RefreshedCredentials start(Supplier<AwsCredentialsProvider> source, LongSupplier wallMs, Limits limits) {
        RefreshedCredentials credentials = new RefreshedCredentials(source, wallMs, limits);
        credentials.thread.execute(credentials::refresh);
        CompletableFuture<Void> unused =
                credentials.first.completeOnTimeout(null, limits.first().toMillis(), TimeUnit.MILLISECONDS);
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
            CredentialWorker last = worker;
            if (last != null) {
                last.close(() -> {});
            }
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.shutdown();
        first.complete(null);
    }

    private void refresh() {
        CredentialWorker present = worker;
        if (present == null && stuck.get() >= MAX_STUCK) {
            ended(null, new IllegalStateException(stuck.get() + " requests to credential providers have not ended"));
            return;
        }
        CredentialWorker asked = present == null ? new CredentialWorker(source) : present;
        worker = asked;
        CompletableFuture<?> unused = asked.ask()
                .orTimeout(limits.answer().toMillis(), TimeUnit.MILLISECONDS)
                .whenCompleteAsync((fresh, failure) -> ended(fresh, failure), thread);
    }

    private void ended(@Nullable AwsCredentials fresh, @Nullable Throwable failure) {
        long pauseMs;
        try {
            if (failure == null && fresh != null) {
                pauseMs = hold(fresh);
            } else if (failure instanceof TimeoutException) {
                pauseMs = failed(new IllegalStateException(
                        "no response of a credential provider within " + limits.answer() + replaceWorker()));
            } else {
                pauseMs = failed(failure == null ? new IllegalStateException("no credentials") : cause(failure));
            }
        } catch (RuntimeException e) {
            // Such as an expiry that no clock can show.
            pauseMs = failed(e);
        }
        first.complete(null);
        try {
            ScheduledFuture<?> unused = thread.schedule(this::refresh, pauseMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("Refresh of credentials stopped: the store is closed");
        }
    }

    /** What has become of the worker that does not answer, for people. */
    private String replaceWorker() {
        CredentialWorker late = worker;
        worker = null;
        if (late == null) {
            return "";
        }
        stuck.incrementAndGet();
        return late.close(stuck::decrementAndGet) ? "; its process was ended" : "";
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
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
        long pauseMs = Math.min(limits.pause().toMillis(), MIN_PAUSE_MS << Math.min(failures, 10));
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
                    .log("Object store credentials could not be fetched, retrying");
        }
        return pauseMs;
    }
}
