package io.narrows.relay.store;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;

/**
 * Ranged GETs through the SDK's HTTP client, credentials and signer, but past its request pipeline, which takes more
 * processor time than all the rest of a small GET. One attempt, which succeeds or fails: what an error means, and trying
 * again, is the business of the SDK's client, which the caller then asks. Where requests go and how they are signed is
 * read off a request that the SDK's client has made, so endpoints, regions and their special cases stay its business,
 * too; what is not signed with a plain version 4 signature in a header is left to it altogether. Thread-safe; owns
 * nothing.
 */
final class SignedGets {
    private static final int PARTIAL_CONTENT = 206;
    /** Refusals that may be about the object; more mean that the SDK's client knows something that is not seen here. */
    private static final int MAX_REFUSALS = 3;

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9/._~-]+");
    private static final Pattern SCOPE =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/aws4_request,.*");

    private final SdkAsyncHttpClient http;
    private final IdentityProvider<? extends AwsCredentialsIdentity> credentials;
    private final ScheduledExecutorService timer;
    private final Duration timeout;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile @Nullable Route route;

    SignedGets(
            SdkAsyncHttpClient http,
            IdentityProvider<? extends AwsCredentialsIdentity> credentials,
            ScheduledExecutorService timer,
            Duration timeout) {
        this.http = http;
        this.credentials = credentials;
        this.timer = timer;
        this.timeout = timeout;
    }

    /** Where the bucket's objects are, and for whom requests are signed. */
    private record Route(String base, String region, String service) {}

    /** The SDK's client sends this to get the object. */
    void seen(SdkHttpRequest request, String key) {
        if (route != null
                || refusals.get() >= MAX_REFUSALS
                || !PLAIN_KEY.matcher(key).matches()) {
            return;
        }
        String url = request.getUri().toString();
        Optional<String> authorization = request.firstMatchingHeader("Authorization");
        Matcher scope = SCOPE.matcher(authorization.orElse(""));
        boolean session = request.firstMatchingHeader("x-amz-s3session-token").isPresent();
        if (!session && url.endsWith("/" + key) && scope.matches()) {
            route = new Route(url.substring(0, url.length() - key.length()), scope.group(1), scope.group(2));
        }
    }

    /** Whether {@link #get} can be asked for this object. */
    boolean knows(String key) {
        return route != null && PLAIN_KEY.matcher(key).matches();
    }

    /** One attempt for a range of {@code length} bytes, collected by {@code response}. */
    CompletableFuture<RangeResponse.Attempt> get(String key, String range, int length, RangeResponse response) {
        CompletableFuture<RangeResponse.Attempt> done = response.prepare();
        Route known = route;
        if (known == null) {
            response.exceptionOccurred(new IOException("no request was seen yet"));
            return done;
        }
        CompletableFuture<? extends AwsCredentialsIdentity> identity = credentials.resolveIdentity();
        CompletableFuture<?> unused = identity.whenComplete((who, failure) -> {
            if (failure != null) {
                response.exceptionOccurred(failure);
                return;
            }
            try {
                send(signed(known, key, range, who), new Receiver(length, response), done);
            } catch (RuntimeException e) {
                response.exceptionOccurred(e);
            }
        });
        return done;
    }

    private SdkHttpRequest signed(Route known, String key, String range, AwsCredentialsIdentity who) {
        SdkHttpFullRequest request = SdkHttpFullRequest.builder()
                .method(SdkHttpMethod.GET)
                .uri(URI.create(known.base() + key))
                .putHeader("Range", range)
                .build();
        SignRequest<AwsCredentialsIdentity> toSign = SignRequest.builder(who)
                .request(request)
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, known.service())
                .putProperty(AwsV4HttpSigner.REGION_NAME, known.region())
                .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
                .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false)
                .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                .build();
        SignedRequest signed = signer.sign(toSign);
        return signed.request();
    }

    private void send(SdkHttpRequest request, Receiver receiver, CompletableFuture<?> done) {
        CompletableFuture<Void> sent = http.execute(AsyncExecuteRequest.builder()
                .request(request)
                .requestContentPublisher(new NoContent())
                .responseHandler(receiver)
                .build());
        CompletableFuture<Void> unusedSent = sent.whenComplete((nothing, failure) -> {
            if (failure != null) {
                receiver.onError(failure);
            }
        });
        ScheduledFuture<?> limit;
        try {
            limit = timer.schedule(
                    () -> {
                        receiver.onError(new IOException("no answer in time"));
                        // Ends the connection, which nobody can use any more.
                        sent.completeExceptionally(new IOException("no answer in time"));
                    },
                    timeout.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            sent.completeExceptionally(e);
            return;
        }
        CompletableFuture<?> unusedDone = done.whenComplete((attempt, failure) -> {
            boolean unused = limit.cancel(false);
        });
    }

    /** A clock that is wrong, for example: the SDK's client corrects for it. Back to what it sends, and not too often. */
    private void refused() {
        int unused = refusals.incrementAndGet();
        route = null;
    }

    /** Hands a plain success to the response and fails with anything else. */
    private final class Receiver implements SdkAsyncHttpResponseHandler {
        private final int length;
        private final RangeResponse response;
        private volatile boolean plain;

        Receiver(int length, RangeResponse response) {
            this.length = length;
            this.response = response;
        }

        @Override
        public void onHeaders(SdkHttpResponse head) {
            if (head.statusCode() != PARTIAL_CONTENT) {
                if (head.statusCode() == 400 || head.statusCode() == 401 || head.statusCode() == 403) {
                    refused();
                }
                response.exceptionOccurred(new IOException("answered with status " + head.statusCode()));
                return;
            }
            String announced = head.firstMatchingHeader("Content-Length").orElse("");
            if (announced.equals(Integer.toString(length))) {
                plain = true;
            } else {
                response.exceptionOccurred(new IOException("answered with " + announced + " bytes"));
            }
        }

        @Override
        public void onStream(Publisher<ByteBuffer> body) {
            if (plain) {
                response.subscribeTo(body);
            } else {
                // Read to its end, so that the connection can be used again.
                body.subscribe(new Drain());
            }
        }

        @Override
        public void onError(Throwable failure) {
            response.exceptionOccurred(failure);
        }
    }

    private static final class Drain implements Subscriber<ByteBuffer> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer part) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }

    private static final class NoContent implements SdkHttpContentPublisher {
        @Override
        public Optional<Long> contentLength() {
            return Optional.of(0L);
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(new Subscription() {
                private boolean over;

                @Override
                public void request(long count) {
                    if (!over) {
                        over = true;
                        subscriber.onComplete();
                    }
                }

                @Override
                public void cancel() {
                    over = true;
                }
            });
        }
    }
}
