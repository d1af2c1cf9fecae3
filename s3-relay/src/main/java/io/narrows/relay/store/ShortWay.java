package io.narrows.relay.store;

import io.narrows.relay.net.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;

/**
 * Ranged GETs and PUTs of single objects past the SDK, whose pipeline and HTTP client take several times the processor
 * time of all the rest of such a request. One attempt, which succeeds or fails: what an error means, and trying again, is
 * the business of the SDK's client, which the caller then asks. Where requests go and for which region they are signed is
 * read off a request that the SDK's client has made, so endpoints, regions and their special cases stay its business, too;
 * what is not signed with a plain version 4 signature in a header is left to it altogether. Thread-safe; owns nothing: its
 * connections end with the event loops.
 */
final class ShortWay {
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    /** Refusals that may be about the object; more mean that the SDK's client knows something that is not seen here. */
    private static final int MAX_REFUSALS = 3;

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9/._~-]+");
    private static final Pattern SCOPE =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/aws4_request,.*");

    private final IdentityProvider<? extends AwsCredentialsIdentity> credentials;
    private final HttpConnections.Bounds bounds;
    private final EventLoopGroup loops;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile @Nullable Route route;

    ShortWay(
            IdentityProvider<? extends AwsCredentialsIdentity> credentials,
            HttpConnections.Bounds bounds,
            EventLoopGroup loops,
            Clock clock,
            LongSupplier nanoTime) {
        this.credentials = credentials;
        this.bounds = bounds;
        this.loops = loops;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Where the bucket's objects are, and for whom requests are signed. */
    private record Route(String host, String path, Signature signature, HttpConnections connections) {}

    /** The SDK's client sends this for the object. */
    void seen(SdkHttpRequest request, String key) {
        if (route != null || refusals.get() >= MAX_REFUSALS || !isPlain(key)) {
            return;
        }
        URI uri = request.getUri();
        Matcher scope =
                SCOPE.matcher(request.firstMatchingHeader("Authorization").orElse(""));
        boolean session = request.firstMatchingHeader("x-amz-s3session-token").isPresent();
        String path = Optional.ofNullable(uri.getRawPath()).orElse("");
        if (!session && uri.getRawQuery() == null && path.endsWith("/" + key) && scope.matches()) {
            String base = path.substring(0, path.length() - key.length());
            if (isPlain(base)) {
                open(uri, base, new Signature(scope.group(1), scope.group(2)));
            }
        }
    }

    private synchronized void open(URI uri, String base, Signature signature) {
        boolean tls = "https".equalsIgnoreCase(uri.getScheme());
        if (route != null || uri.getHost() == null) {
            return;
        }
        int usual = tls ? HTTPS_PORT : HTTP_PORT;
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        String host = port == usual ? uri.getHost() : uri.getHost() + ":" + port;
        try {
            SslContext context = tls ? SslContextBuilder.forClient().build() : null;
            HttpConnections connections = new HttpConnections(
                    new HttpConnections.Server(uri.getHost(), port), bounds, loops, nanoTime, context);
            route = new Route(host, base, signature, connections);
        } catch (SSLException e) {
            throw new IllegalStateException("no TLS for " + uri.getHost(), e);
        }
    }

    private static boolean isPlain(String path) {
        return PLAIN_KEY.matcher(path).matches();
    }

    /** Whether {@link #get} and {@link #put} can be asked for this object. */
    boolean knows(String key) {
        return route != null && isPlain(key);
    }

    /** One attempt for a range, collected by {@code response}. */
    CompletableFuture<RangeResponse.Attempt> get(String key, String range, RangeResponse response) {
        RangeResponse.Attempt attempt = response.attempt();
        CompletableFuture<Ready> unusedReady = prepared(new Head("GET", key, Map.of("range", range), Signature.NO_BODY))
                .whenComplete((ready, failure) -> {
                    if (failure != null) {
                        attempt.fail(failure);
                    } else {
                        ready.connections().start(new Get(ready.head(), attempt, response.length()));
                    }
                });
        return attempt.done();
    }

    /** One attempt. Borrows {@code body} until the future is done. */
    CompletableFuture<Void> put(String key, ByteBuf body, String crc32c) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        ByteBuf own = body.retainedDuplicate();
        CompletableFuture<Ready> unusedReady = prepared(new Head(
                        "PUT",
                        key,
                        Map.of(
                                "content-length",
                                Integer.toString(body.readableBytes()),
                                "content-type",
                                "application/octet-stream",
                                "x-amz-checksum-crc32c",
                                crc32c),
                        Signature.UNSIGNED_BODY))
                .whenComplete((ready, failure) -> {
                    if (failure != null) {
                        boolean unused = own.release();
                        done.completeExceptionally(failure);
                    } else {
                        ready.connections().start(new Put(ready.head(), own, done));
                    }
                });
        return done;
    }

    /** A request before it is signed. */
    private record Head(String method, String key, Map<String, String> headers, String bodyHash) {}

    private record Ready(String head, HttpConnections connections) {}

    private CompletableFuture<Ready> prepared(Head head) {
        Route known = route;
        if (known == null) {
            return CompletableFuture.failedFuture(new IOException("no request was seen yet"));
        }
        CompletableFuture<? extends AwsCredentialsIdentity> identity = credentials.resolveIdentity();
        return identity.thenApply(who -> new Ready(text(known, head, who), known.connections()));
    }

    private String text(Route known, Head head, AwsCredentialsIdentity who) {
        String path = known.path() + head.key();
        Map<String, String> headers = new TreeMap<>(head.headers());
        headers.put("host", known.host());
        String token = who instanceof AwsSessionCredentialsIdentity session ? session.sessionToken() : null;
        StringBuilder text = new StringBuilder(768)
                .append(head.method())
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\n");
        known.signature()
                .signed(
                        new Signature.Request(head.method(), path, headers, head.bodyHash()),
                        new Signature.Identity(who.accessKeyId(), who.secretAccessKey(), token),
                        clock.instant())
                .forEach((name, value) ->
                        text.append(name).append(": ").append(value).append("\r\n"));
        return text.append("user-agent: narrows\r\n\r\n").toString();
    }

    /** A clock that is wrong, for example: the SDK's client corrects for it. Back to what it sends, and not too often. */
    private IOException refused(int status) {
        if (status == 400 || status == 401 || status == 403) {
            int unused = refusals.incrementAndGet();
            route = null;
        }
        return new IOException("answered with status " + status);
    }

    private static ByteBuf ascii(Channel connection, String text) {
        ByteBuf bytes = connection.alloc().buffer(text.length());
        int unused = ByteBufUtil.writeAscii(bytes, text);
        return bytes;
    }

    /** Hands a plain success to the attempt and fails it with anything else. */
    private final class Get extends HttpExchange {
        private final String head;
        private final RangeResponse.Attempt attempt;
        private final int length;
        private boolean plain;

        Get(String head, RangeResponse.Attempt attempt, int length) {
            this.head = head;
            this.attempt = attempt;
            this.length = length;
        }

        @Override
        void send(Channel connection) {
            Outbound.writeAndFlush(connection, ascii(connection, head));
        }

        @Override
        void onHead(HttpResponse answer) {
            int status = answer.status().code();
            if (status != PARTIAL_CONTENT) {
                attempt.fail(refused(status));
                return;
            }
            String announced = answer.headers().get(HttpHeaderNames.CONTENT_LENGTH, "");
            plain = announced.equals(Integer.toString(length));
            if (plain) {
                attempt.begin(this::abandon);
            } else {
                attempt.fail(new IOException("answered with " + announced + " bytes"));
            }
        }

        @Override
        void onBody(ByteBuf part) {
            if (plain) {
                attempt.add(part);
            }
        }

        @Override
        void onEnd() {
            if (plain) {
                attempt.onComplete();
            }
        }

        @Override
        void onFailure(Throwable cause) {
            attempt.fail(cause);
        }
    }

    /** Owns its body until it has been handed to the connection or the exchange is over. */
    private final class Put extends HttpExchange {
        private final String head;
        private final CompletableFuture<Void> done;
        private @Nullable ByteBuf body;
        private int status;

        Put(String head, ByteBuf body, CompletableFuture<Void> done) {
            this.head = head;
            this.body = body;
            this.done = done;
        }

        @Override
        void send(Channel connection) {
            ByteBuf bytes = body;
            if (bytes != null) {
                body = null;
                Outbound.write(connection, ascii(connection, head));
                Outbound.writeAndFlush(connection, bytes);
            }
        }

        @Override
        void onHead(HttpResponse answer) {
            status = answer.status().code();
        }

        @Override
        void onBody(ByteBuf part) {}

        @Override
        void onEnd() {
            if (status == OK) {
                done.complete(null);
            } else {
                done.completeExceptionally(refused(status));
            }
        }

        @Override
        void onFailure(Throwable cause) {
            ByteBuf unsent = body;
            if (unsent != null) {
                body = null;
                boolean unused = unsent.release();
            }
            done.completeExceptionally(cause);
        }
    }
}
