package io.narrows.relay.store;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;

/**
 * Ranged GETs and PUTs of single objects, signed by the SDK's signer, past its pipeline and its HTTP client, which take
 * several times the processor time of all the rest of such a request (RFC 0008). One attempt, which succeeds or fails. What
 * an error means, and trying again, is the business of the SDK's client, which the caller then asks, except for 429 and
 * 5xx: a store that has too much to do is asked again after a pause, and in the same way. Where requests go and
 * for which region they are signed is read off a request with which the SDK's client had success, so endpoints, regions and
 * their special cases stay its business, too; what is not signed with a plain version 4 signature in a header is left to it
 * altogether. Thread-safe; owns the connections.
 */
final class DirectS3Client implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectS3Client.class);

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int NOT_FOUND = 404;
    /** Refusals that may be about the object; more mean that the SDK's client knows something that is not seen here. */
    private static final int MAX_REFUSALS = 3;
    /** Refusals further apart have nothing to do with each other; and for so long the way is closed after too many. */
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9/._~-]+");
    private static final Pattern SCOPE =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/aws4_request,.*");

    private final IdentityProvider<? extends AwsCredentialsIdentity> credentials;
    private final HttpConnectionPool.Bounds bounds;
    private final EventLoopGroup loops;
    private final LongSupplier nanoTime;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile @Nullable Route route;
    private int refusals;
    private long lastRefusalNanos;
    private boolean closed;

    DirectS3Client(
            IdentityProvider<? extends AwsCredentialsIdentity> credentials,
            HttpConnectionPool.Bounds bounds,
            EventLoopGroup loops,
            LongSupplier nanoTime) {
        this.credentials = credentials;
        this.bounds = bounds;
        this.loops = loops;
        this.nanoTime = nanoTime;
    }

    /** Where the bucket's objects are, {@code bucket} being a request without a key, and what is signed for. */
    private record Route(SdkHttpRequest bucket, String region, String service, List<HttpConnectionPool> connections) {
        void close() {
            connections.forEach(HttpConnectionPool::close);
        }
    }

    /** The SDK's client has sent this for the object, with success. */
    void worked(SdkHttpRequest request, String key) {
        if (route != null || !isPlain(key)) {
            return;
        }
        Matcher scope =
                SCOPE.matcher(request.firstMatchingHeader("Authorization").orElse(""));
        boolean session = request.firstMatchingHeader("x-amz-s3session-token").isPresent();
        String path = request.encodedPath();
        boolean plain = !session && request.encodedQueryParameters().isEmpty() && scope.matches();
        if (plain && isPlain(path) && path.endsWith("/" + key)) {
            SdkHttpRequest bucket = SdkHttpRequest.builder()
                    .method(request.method())
                    .protocol(request.protocol())
                    .host(request.host())
                    .port(request.port())
                    .encodedPath(path.substring(0, path.length() - key.length()))
                    .build();
            open(bucket, scope.group(1), scope.group(2));
        }
    }

    private synchronized void open(SdkHttpRequest bucket, String region, String service) {
        if (closed || route != null || refusals() >= MAX_REFUSALS) {
            return;
        }
        try {
            SslContext tls =
                    bucket.protocol().equals("https") ? HttpConnectionPool.tls().build() : null;
            HttpConnectionPool.Server server = new HttpConnectionPool.Server(bucket.host(), bucket.port());
            List<HttpConnectionPool> connections = new ArrayList<>();
            for (EventExecutor loop : loops) {
                connections.add(new HttpConnectionPool(server, bounds, (EventLoop) loop, tls));
            }
            route = new Route(bucket, region, service, List.copyOf(connections));
        } catch (SSLException e) {
            throw new IllegalStateException("no TLS for " + bucket.host(), e);
        }
    }

    /** A clock that is wrong, for example: the SDK's client corrects for it. Back to what it sends, and not too often. */
    private synchronized void refused(Route known, int status) {
        if (known.equals(route)) {
            refusals = refusals() + 1;
            lastRefusalNanos = nanoTime.getAsLong();
            LOG.atWarn()
                    .addKeyValue("status", status)
                    .addKeyValue("more", MAX_REFUSALS - refusals)
                    .log("Direct S3 request rejected, falling back to the SDK until it succeeds");
            route = null;
            known.close();
        }
    }

    /** Those that count still. */
    private int refusals() {
        return nanoTime.getAsLong() - lastRefusalNanos < PAUSE_NANOS ? refusals : 0;
    }

    @Override
    public synchronized void close() {
        closed = true;
        Route known = route;
        if (known != null) {
            route = null;
            known.close();
        }
    }

    private static boolean isPlain(String path) {
        return PLAIN_KEY.matcher(path).matches();
    }

    /** Whether {@link #get} and {@link #put} can be asked for this object. */
    boolean knows(String key) {
        return route != null && isPlain(key);
    }

    /**
     * One attempt for a range, collected by {@code response}. An object that does not exist fails it with an {@link
     * ObjectStoreException}, which is final.
     */
    CompletableFuture<RangeResponse.Attempt> get(String key, String range, RangeResponse response) {
        RangeResponse.Attempt attempt = response.attempt();
        Body body = new Body(attempt, response);
        CompletableFuture<Integer> unused = ask(
                        SdkHttpMethod.GET, key, Map.of("range", range), Unpooled.EMPTY_BUFFER, body)
                .whenComplete((status, failure) -> {
                    if (failure != null) {
                        attempt.fail(failure);
                    } else if (status == PARTIAL_CONTENT) {
                        attempt.onComplete();
                    } else if (status == NOT_FOUND) {
                        attempt.fail(new ObjectStoreException(Kind.NOT_FOUND, "there is no '" + key + "'", null));
                    } else {
                        attempt.fail(S3Failures.answered(status));
                    }
                });
        return attempt.done();
    }

    /** One attempt. Borrows {@code body} until the future is done. */
    CompletableFuture<Void> put(String key, ByteBuf body, String crc32c) {
        Map<String, String> headers = Map.of(
                "content-length",
                Integer.toString(body.readableBytes()),
                "content-type",
                "application/octet-stream",
                "x-amz-checksum-crc32c",
                crc32c);
        Stored stored = new Stored();
        return ask(SdkHttpMethod.PUT, key, headers, body.retainedDuplicate(), stored)
                .thenCompose(status -> {
                    if (status != OK) {
                        return CompletableFuture.failedFuture(S3Failures.answered(status));
                    }
                    return stored.matches(crc32c)
                            ? CompletableFuture.<Void>completedFuture(null)
                            : CompletableFuture.failedFuture(new IOException("the response is not one of S3"));
                });
    }

    /** Consumes {@code body}. The future ends with the status of the answer. */
    private CompletableFuture<Integer> ask(
            SdkHttpMethod method,
            String key,
            Map<String, String> headers,
            ByteBuf body,
            HttpConnectionPool.Receiver receiver) {
        Route known = route;
        if (known == null) {
            boolean unused = body.release();
            return CompletableFuture.failedFuture(new IOException("no signed request is known yet"));
        }
        SdkHttpRequest.Builder request = known.bucket().toBuilder()
                .method(method)
                .encodedPath(known.bucket().encodedPath() + key)
                .putHeader("user-agent", "narrows");
        headers.forEach(request::putHeader);
        return identity()
                .thenApply(who -> signed(known, request.build(), who))
                .whenComplete((signed, failure) -> {
                    if (failure != null) {
                        boolean unused = body.release();
                    }
                })
                .thenCompose(signed -> next(known.connections()).ask(http(signed, body), receiver))
                .thenApply(status -> {
                    if (status == 400 || status == 401 || status == 403) {
                        refused(known, status);
                    }
                    return status;
                });
    }

    private HttpConnectionPool next(List<HttpConnectionPool> all) {
        return all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
    }

    /** Providers may throw what they should return. */
    private CompletableFuture<? extends AwsCredentialsIdentity> identity() {
        try {
            return credentials.resolveIdentity();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private SdkHttpRequest signed(Route known, SdkHttpRequest request, AwsCredentialsIdentity who) {
        return signer.sign(SignRequest.builder(who)
                        .request(request)
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, known.service())
                        .putProperty(AwsV4HttpSigner.REGION_NAME, known.region())
                        .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false)
                        // The checksum of a body is among the headers, which are signed.
                        .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, request.method() == SdkHttpMethod.GET)
                        .build())
                .request();
    }

    private static FullHttpRequest http(SdkHttpRequest signed, ByteBuf body) {
        HttpHeaders headers = new DefaultHttpHeaders();
        signed.forEachHeader(headers::set);
        return new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.valueOf(signed.method().name()),
                signed.encodedPath(),
                body,
                headers,
                EmptyHttpHeaders.INSTANCE);
    }

    /** Hands the body of a plain success to the attempt, and drops any other. */
    private record Body(RangeResponse.Attempt attempt, RangeResponse response) implements HttpConnectionPool.Receiver {
        @Override
        public void onHead(HttpResponse head, Runnable abandon) {
            if (head.status().code() == PARTIAL_CONTENT
                    && HttpUtil.getContentLength(head, -1L) == response.length()
                    && !response.isAnother(head.headers().get(HttpHeaderNames.CONTENT_RANGE))) {
                attempt.begin(abandon);
            }
        }

        @Override
        public void onBody(ByteBuf part) {
            attempt.add(part);
        }
    }

    /** What an answer to a PUT says of the object. Owned by the event loop of its connection. */
    private static final class Stored implements HttpConnectionPool.Receiver {
        private @Nullable String etag;
        private @Nullable String checksum;

        @Override
        public void onHead(HttpResponse head, Runnable abandon) {
            etag = head.headers().get(HttpHeaderNames.ETAG);
            checksum = head.headers().get("x-amz-checksum-crc32c");
        }

        boolean matches(String sent) {
            return etag != null && !etag.isEmpty() && (checksum == null || checksum.equals(sent));
        }

        @Override
        public void onBody(ByteBuf part) {}
    }
}
