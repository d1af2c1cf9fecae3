package io.narrows.relay.store;

import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/**
 * An S3 bucket, through the AWS SDK's asynchronous client on Netty. Bodies are sent from the caller's memory and received
 * into one direct buffer; every PUT carries its CRC32C, which the server checks. Futures complete on the client's event
 * loops, so callers must not work there. Owns the client, its event loops and its timer thread; any thread may call it.
 */
public final class S3ObjectStore implements ObjectStore {
    /** The limit of S3 for one DeleteObjects and one page of a listing. */
    private static final int MAX_KEYS = 1000;

    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final String bucket;
    private final StoreMetrics metrics;
    private final S3Clients.Opened opened;
    private final S3AsyncClient client;
    private final RetiredBuffers retired;
    private final Map<Long, CompletableFuture<?>> inFlight = new ConcurrentHashMap<>();
    private final AtomicLong requestIds = new AtomicLong();
    /** What is left of a call's time when its first attempt has used up its own. */
    private final Duration secondCallTimeout;

    private final ThrottledRetries throttled;

    private volatile boolean closed;

    private S3ObjectStore(S3Settings settings, StoreMetrics metrics, S3Clients.Opened opened) {
        this.bucket = settings.bucket();
        this.metrics = metrics;
        this.opened = opened;
        Duration left = settings.limits().callTimeout().minus(settings.limits().attemptTimeout());
        this.secondCallTimeout = left.isZero() ? settings.limits().callTimeout() : left;
        this.client = opened.client();
        EventLoopGroup loops = opened.threads().loops();
        this.throttled = new ThrottledRetries(
                settings.limits().maxRetries() + 1,
                secondCallTimeout,
                new NettyLoop(loops.next())::nanoTime,
                pause -> task -> {
                    ScheduledFuture<?> unused = loops.next().schedule(task, pause.toMillis(), TimeUnit.MILLISECONDS);
                });
        this.retired =
                new RetiredBuffers(opened.threads().loops(), opened.threads().sdkLoop());
    }

    /** Opens a client; no request is sent until the first operation. */
    public static S3ObjectStore open(S3Settings settings, StoreMetrics metrics) {
        return new S3ObjectStore(settings, metrics, S3Clients.open(settings, metrics));
    }

    @Override
    public CompletableFuture<Void> put(String key, ByteBuf body) {
        int length = body.readableBytes();
        if (opened.credentials().first().isDone() && opened.credentials().current() == null) {
            boolean unused = body.release();
            return metrics.timed(
                    StoreOperation.PUT, CompletableFuture.failedFuture(withoutCredentials(StoreOperation.PUT, key)));
        }
        ByteBufRequestBody request = new ByteBufRequestBody(body);
        return call(StoreOperation.PUT, key, () -> putAttempts(key, body, request))
                .<Void>handle((response, failure) -> {
                    settle(body, request, failure);
                    if (failure != null) {
                        throw S3Failures.translate(StoreOperation.PUT, key, failure);
                    }
                    metrics.put(length);
                    return null;
                });
    }

    @Override
    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
        int length = body.readableBytes();
        ByteBufRequestBody request = new ByteBufRequestBody(body);
        return call(
                        StoreOperation.PUT,
                        key,
                        () -> client.putObject(
                                        put -> {
                                            put.bucket(bucket)
                                                    .key(key)
                                                    .contentLength((long) length)
                                                    .checksumCRC32C(request.checksum());
                                            if (condition instanceof PutCondition.Matches expected) {
                                                put.ifMatch(expected.etag());
                                            } else {
                                                put.ifNoneMatch("*");
                                            }
                                        },
                                        request)
                                .thenApply(response -> {
                                    S3Failures.checkStored(
                                            key, response.eTag(), response.checksumCRC32C(), request.checksum());
                                    return response;
                                }))
                .handle((response, failure) -> {
                    settle(body, request, failure);
                    if (failure != null) {
                        throw S3Failures.translateConditional(key, failure);
                    }
                    metrics.put(length);
                    return response.eTag();
                });
    }

    /** Releases the body, later if an attempt may still read it. */
    private void settle(ByteBuf body, ByteBufRequestBody request, @Nullable Throwable failure) {
        if (failure == null && request.subscriptions() <= 1) {
            boolean unused = body.release();
        } else {
            retired.add(body);
        }
    }

    /** The short way first; when that is not a plain success, the SDK's client finds out why and tries again. */
    private CompletableFuture<Void> putAttempts(String key, ByteBuf body, ByteBufRequestBody request) {
        String checksum = request.checksum();
        if (!opened.directS3Client().knows(key)) {
            return putLongWay(key, request, checksum, limits -> {});
        }
        return throttled
                .run(turn -> {
                    attempt(StoreOperation.PUT, turn);
                    return opened.directS3Client().put(key, body, checksum);
                })
                .exceptionallyCompose(failure -> {
                    if (closed || isAnswer(failure)) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    metrics.retry(StoreOperation.PUT);
                    return putLongWay(key, request, checksum, limits -> limits.apiCallTimeout(secondCallTimeout));
                });
    }

    private void attempt(StoreOperation operation, ThrottledRetries.Turn turn) {
        metrics.attempt(operation);
        if (turn == ThrottledRetries.Turn.AGAIN) {
            metrics.retry(operation);
        }
    }

    /** The SDK's client would only ask the same again: the object is gone, or the store has too much to do. */
    private static boolean isAnswer(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException typed
                && (typed.kind() == Kind.NOT_FOUND
                        || typed.kind() == Kind.THROTTLED
                        || typed.kind() == Kind.UNAVAILABLE);
    }

    private CompletableFuture<Void> putLongWay(
            String key,
            ByteBufRequestBody request,
            String checksum,
            Consumer<AwsRequestOverrideConfiguration.Builder> limits) {
        return client.putObject(
                        put -> put.bucket(bucket)
                                .key(key)
                                .contentLength(request.contentLength().orElseThrow())
                                .checksumCRC32C(checksum)
                                .overrideConfiguration(limits),
                        request)
                .thenAccept(
                        response -> S3Failures.checkStored(key, response.eTag(), response.checksumCRC32C(), checksum));
    }

    @Override
    public CompletableFuture<ByteBuf> get(String key, long position, int length) {
        if (position < 0 || length <= 0) {
            return CompletableFuture.failedFuture(new ObjectStoreException(
                    Kind.INVALID,
                    "range must have position >= 0 and length > 0, got " + position + "+" + length,
                    null));
        }
        RangeResponse response = new RangeResponse(allocator, key, position, length);
        return call(StoreOperation.GET, key, () -> getAttempts(key, response.range(), response))
                .handle((attempt, failure) -> {
                    try {
                        if (failure != null || attempt == null) {
                            throw S3Failures.translate(
                                    StoreOperation.GET, key, failure == null ? new IllegalStateException() : failure);
                        }
                        ByteBuf bytes = attempt.take();
                        metrics.got(length);
                        return bytes;
                    } finally {
                        response.discard();
                    }
                });
    }

    /** The short way first; when that is not a plain success, the SDK's client finds out why and tries again. */
    private CompletableFuture<RangeResponse.Attempt> getAttempts(String key, String range, RangeResponse response) {
        if (!opened.directS3Client().knows(key)) {
            return client.getObject(get -> get.bucket(bucket).key(key).range(range), response);
        }
        return throttled
                .run(turn -> {
                    attempt(StoreOperation.GET, turn);
                    return opened.directS3Client().get(key, range, response);
                })
                .exceptionallyCompose(failure -> {
                    if (closed || isAnswer(failure)) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    metrics.retry(StoreOperation.GET);
                    return client.getObject(
                            get -> get.bucket(bucket)
                                    .key(key)
                                    .range(range)
                                    .overrideConfiguration(limits -> limits.apiCallTimeout(secondCallTimeout)),
                            response);
                });
    }

    @Override
    public CompletableFuture<ObjectInfo> head(String key) {
        return translated(
                        StoreOperation.HEAD,
                        key,
                        () -> client.headObject(head -> head.bucket(bucket).key(key)))
                .thenApply((HeadObjectResponse head) -> new ObjectInfo(
                        key, head.contentLength(), head.lastModified().toEpochMilli(), head.eTag()));
    }

    @Override
    public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return translated(
                        StoreOperation.LIST,
                        prefix,
                        () -> client.listObjectsV2(list -> list.bucket(bucket)
                                .prefix(prefix)
                                .startAfter(startAfter.isEmpty() ? null : startAfter)
                                .maxKeys(Math.min(maxKeys, MAX_KEYS))))
                .thenApply(S3ObjectStore::listing);
    }

    @Override
    public CompletableFuture<Void> delete(Collection<String> keys) {
        List<String> all = List.copyOf(keys);
        List<CompletableFuture<Void>> batches = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MAX_KEYS) {
            batches.add(deleteBatch(all.subList(from, Math.min(all.size(), from + MAX_KEYS))));
        }
        return CompletableFuture.allOf(batches.toArray(CompletableFuture[]::new));
    }

    /** Ends the client. Requests in flight fail, and buffers that were kept for them are released in the background. */
    @Override
    public void close() {
        closed = true;
        client.close();
        opened.directS3Client().close();
        opened.http().close();
        opened.credentials().close();
        List<Runnable> unusedTimeouts = opened.threads().timer().shutdownNow();
        // Neither timeouts nor connections will end them any more.
        inFlight.values().forEach(request -> request.completeExceptionally(closed("request in flight")));
        Future<?> unused = shutDown(opened.threads().sdkLoop())
                .addListener(one -> shutDown(opened.threads().loops()).addListener(both -> retired.releaseAll()));
    }

    private static Future<?> shutDown(EventLoopGroup loops) {
        return loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }

    /** Buffers of uploads that failed or were retried and that wait for their connections to end. */
    int retiredBuffers() {
        return retired.size();
    }

    private CompletableFuture<Void> deleteBatch(List<String> keys) {
        List<ObjectIdentifier> identifiers = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(key).build())
                .toList();
        Delete batch = Delete.builder().objects(identifiers).quiet(true).build();
        return translated(
                        StoreOperation.DELETE,
                        keys.get(0),
                        () -> client.deleteObjects(
                                delete -> delete.bucket(bucket).delete(batch)))
                .<Void>thenApply((DeleteObjectsResponse response) -> {
                    if (response.hasErrors() && !response.errors().isEmpty()) {
                        throw new ObjectStoreException(
                                Kind.UNAVAILABLE,
                                "not all keys were deleted: "
                                        + response.errors().get(0),
                                null);
                    }
                    return null;
                });
    }

    private <T> CompletableFuture<T> translated(
            StoreOperation operation, String key, Supplier<CompletableFuture<T>> request) {
        return call(operation, key, request).handle((response, failure) -> {
            if (failure != null) {
                throw S3Failures.translate(operation, key, failure);
            }
            return response;
        });
    }

    /** Sends a request, timed; the future ends with the request or with the store, whichever comes first. */
    private <T> CompletableFuture<T> call(
            StoreOperation operation, String key, Supplier<CompletableFuture<T>> request) {
        CompletableFuture<T> result = new CompletableFuture<>();
        long id = requestIds.incrementAndGet();
        inFlight.put(id, result);
        if (closed) {
            end(id, operation.label() + " of '" + key + "'", result);
        } else {
            try {
                CompletableFuture<T> unused = send(operation, key, request).whenComplete((response, failure) -> {
                    forget(id);
                    if (failure == null) {
                        result.complete(response);
                    } else {
                        result.completeExceptionally(S3Failures.translate(operation, key, failure));
                    }
                });
            } catch (RuntimeException e) {
                forget(id);
                result.completeExceptionally(S3Failures.translate(operation, key, e));
            }
            if (closed) {
                end(id, operation.label() + " of '" + key + "'", result);
            }
        }
        return metrics.timed(operation, result);
    }

    /** At the start the request waits until the first credentials are there, or for as long as one attempt may last. */
    private <T> CompletableFuture<T> send(
            StoreOperation operation, String key, Supplier<CompletableFuture<T>> request) {
        StoreCredentials credentials = opened.credentials();
        if (!credentials.first().isDone()) {
            return credentials
                    .first()
                    .thenComposeAsync(
                            known -> send(operation, key, request),
                            opened.threads().sdkLoop());
        }
        return credentials.current() == null
                ? CompletableFuture.failedFuture(withoutCredentials(operation, key))
                : request.get();
    }

    private ObjectStoreException withoutCredentials(StoreOperation operation, String key) {
        return S3Failures.translate(operation, key, opened.credentials().missing());
    }

    private void end(long id, String what, CompletableFuture<?> result) {
        forget(id);
        result.completeExceptionally(closed(what));
    }

    private void forget(long id) {
        CompletableFuture<?> unused = inFlight.remove(id);
    }

    private static ObjectStoreException closed(String what) {
        return new ObjectStoreException(Kind.UNAVAILABLE, what + ": the store is closed", null);
    }

    private static Listing listing(ListObjectsV2Response page) {
        List<ObjectInfo> objects = page.contents().stream()
                .map(object -> new ObjectInfo(
                        object.key(), object.size(), object.lastModified().toEpochMilli(), object.eTag()))
                .toList();
        return new Listing(objects, Boolean.TRUE.equals(page.isTruncated()));
    }
}
