package io.narrows.relay.store;

import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.S3Settings.Credentials;
import io.narrows.relay.store.S3Settings.Limits;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Builds the SDK's client from settings: every timeout explicit, event loops and timer our own, no profile files read for
 * it. The SDK's client has an event loop of its own, because it looks up host names there; credentials have a thread.
 */
final class S3Clients {
    private static final int EVENT_LOOPS = 2;
    /** Below the time after which AWS closes an idle connection, so that a request rarely meets a closing one. */
    private static final Duration MAX_IDLE = Duration.ofSeconds(15);

    /** A third of what S3 accepts. */
    private static final Duration MAX_CLOCK_DIFFERENCE = Duration.ofMinutes(5);

    /** Of one answer: what an endpoint of STS may take, and a process should not. */
    private static final Duration CREDENTIALS_LIMIT = Duration.ofSeconds(30);

    private static final Duration CREDENTIALS_PAUSE = Duration.ofSeconds(15);

    private static final Logger LOG = LoggerFactory.getLogger(S3Clients.class);

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(25);
    private static final Duration LAST_BACKOFF = Duration.ofSeconds(1);

    private S3Clients() {}

    static Opened open(S3Settings settings, StoreMetrics metrics) {
        Limits limits = settings.limits();
        EventLoopGroup loops = new NioEventLoopGroup(EVENT_LOOPS, new DefaultThreadFactory("s3-client", true));
        EventLoopGroup sdkLoop = new NioEventLoopGroup(1, new DefaultThreadFactory("s3-sdk", true));
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("s3-timer", true));
        timer.setRemoveOnCancelPolicy(true);
        SdkAsyncHttpClient http = http(limits, sdkLoop).build();
        NettyLoop time = new NettyLoop(loops.next());
        StoreCredentials credentials = credentials(settings, time);
        DirectS3Client directS3Client = new DirectS3Client(credentials, bounds(limits), loops, time::nanoTime);
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .region(Region.of(settings.region()))
                .forcePathStyle(settings.pathStyle())
                .credentialsProvider(credentials)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(true).expectContinueEnabled(false))
                .httpClient(http)
                .overrideConfiguration(overrides(
                        limits,
                        timer,
                        new Attempts(metrics, directS3Client, isBehindProxy(settings), time::wallTimeMs)))
                // Callers hop to their own threads; one more hop in between only costs.
                .asyncConfiguration(async ->
                        async.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        return new Opened(builder.build(), http, directS3Client, credentials, new Threads(loops, sdkLoop, timer));
    }

    private static HttpConnectionPool.Bounds bounds(Limits limits) {
        return new HttpConnectionPool.Bounds(
                Math.max(1, limits.maxConnections() / EVENT_LOOPS),
                limits.connectTimeout(),
                limits.attemptTimeout(),
                MAX_IDLE);
    }

    /** The environment may name an HTTP proxy, which only the SDK's client goes through. */
    private static boolean isBehindProxy(S3Settings settings) {
        URI endpoint = settings.endpoint();
        String scheme = endpoint == null ? "https" : endpoint.getScheme();
        return ProxyConfiguration.builder().scheme(scheme).build().host() != null;
    }

    private static NettyNioAsyncHttpClient.Builder http(Limits limits, EventLoopGroup loops) {
        return NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(SdkEventLoopGroup.create(loops))
                .maxConcurrency(limits.maxConnections())
                .connectionTimeout(limits.connectTimeout())
                .tlsNegotiationTimeout(limits.attemptTimeout())
                .connectionAcquisitionTimeout(limits.attemptTimeout())
                .readTimeout(limits.attemptTimeout())
                .writeTimeout(limits.attemptTimeout())
                .connectionMaxIdleTime(MAX_IDLE)
                .tcpKeepAlive(true);
    }

    private static ClientOverrideConfiguration overrides(
            Limits limits, ScheduledExecutorService timer, ExecutionInterceptor attempts) {
        StandardRetryStrategy retries = AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(limits.maxRetries() + 1)
                .backoffStrategy(BackoffStrategy.exponentialDelay(FIRST_BACKOFF, LAST_BACKOFF))
                .throttlingBackoffStrategy(
                        BackoffStrategy.exponentialDelay(FIRST_BACKOFF.multipliedBy(4), LAST_BACKOFF))
                .build();
        return ClientOverrideConfiguration.builder()
                .apiCallAttemptTimeout(limits.attemptTimeout())
                .apiCallTimeout(limits.callTimeout())
                .retryStrategy(retries)
                .scheduledExecutorService(timer)
                // An empty profile keeps the client from looking for files in the home directory.
                .defaultProfileFile(ProfileFile.aggregator().build())
                .addExecutionInterceptor(attempts)
                .build();
    }

    private static StoreCredentials credentials(S3Settings settings, NettyLoop time) {
        Credentials key = settings.credentials();
        return key == null
                ? RefreshedCredentials.start(
                        () -> DefaultCredentialsProvider.builder().build(),
                        time::wallTimeMs,
                        new RefreshedCredentials.Limits(
                                settings.limits().attemptTimeout(), CREDENTIALS_LIMIT, CREDENTIALS_PAUSE))
                : StoreCredentials.fixed(key);
    }

    /** A client with what it runs on; its opener closes all of it, the client first. */
    record Opened(
            S3AsyncClient client,
            SdkAsyncHttpClient http,
            DirectS3Client directS3Client,
            StoreCredentials credentials,
            Threads threads) {}

    /** {@code loops} of the direct connections, {@code sdkLoop} of the SDK's client, {@code timer} of its time limits. */
    record Threads(EventLoopGroup loops, EventLoopGroup sdkLoop, ScheduledExecutorService timer) {}

    /**
     * Counts what is really sent, and what of it is sent again: the attempts of a call share their attributes. Shows GETs
     * and PUTs to {@link DirectS3Client}.
     */
    private static final class Attempts implements ExecutionInterceptor {
        private static final ExecutionAttribute<Boolean> ATTEMPTED = new ExecutionAttribute<>("NarrowsAttempted");

        private final StoreMetrics metrics;
        private final DirectS3Client directS3Client;
        private final boolean hidden;
        private final LongSupplier wallMs;
        private final AtomicBoolean clockSaid = new AtomicBoolean();

        Attempts(StoreMetrics metrics, DirectS3Client directS3Client, boolean hidden, LongSupplier wallMs) {
            this.metrics = metrics;
            this.directS3Client = directS3Client;
            this.hidden = hidden;
            this.wallMs = wallMs;
        }

        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            StoreOperation operation = operation(attributes);
            metrics.attempt(operation);
            if (attributes.getAttribute(ATTEMPTED) != null) {
                metrics.retry(operation);
            }
            attributes.putAttribute(ATTEMPTED, Boolean.TRUE);
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            if (!context.httpResponse().isSuccessful()) {
                compareClocks(context.httpResponse());
                return;
            } else if (hidden) {
                return;
            }
            if (context.request() instanceof GetObjectRequest get) {
                directS3Client.worked(context.httpRequest(), get.key());
            } else if (context.request() instanceof PutObjectRequest put) {
                directS3Client.worked(context.httpRequest(), put.key());
            }
        }

        /** The SDK corrects for a clock that is wrong, so requests go on, at twice the price, without a visible error. */
        private void compareClocks(SdkHttpResponse answer) {
            String date = answer.statusCode() == 403
                    ? answer.firstMatchingHeader("Date").orElse("")
                    : "";
            if (date.isEmpty() || clockSaid.get()) {
                return;
            }
            try {
                Instant store = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
                Instant own = Instant.ofEpochMilli(wallMs.getAsLong());
                if (Duration.between(store, own).abs().compareTo(MAX_CLOCK_DIFFERENCE) > 0
                        && clockSaid.compareAndSet(false, true)) {
                    LOG.atWarn()
                            .addKeyValue("clock", own)
                            .addKeyValue("storeClock", store)
                            .log("Clock of this machine differs from the object store's, which rejects requests: "
                                    + "synchronize it");
                }
            } catch (DateTimeException e) {
                LOG.atDebug().addKeyValue("date", date).log("Response of the object store has no valid date");
            }
        }

        private static StoreOperation operation(ExecutionAttributes attributes) {
            String name = String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "putobject" -> StoreOperation.PUT;
                case "getobject" -> StoreOperation.GET;
                case "headobject" -> StoreOperation.HEAD;
                case "listobjectsv2" -> StoreOperation.LIST;
                default -> StoreOperation.DELETE;
            };
        }
    }
}
