package io.narrows.proxy.api;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ApiVersions: what the proxy routes and every broker speaks, with the cluster's features as a broker reports them
 * (transaction.version decides how clients run transactions). A broker is asked at most once in a few seconds. The
 * cache is owned by the router's loop.
 */
final class ApiVersionsApi implements Api {
    private static final Logger LOG = LoggerFactory.getLogger(ApiVersionsApi.class);
    private static final FoldedLog OUTAGE = FoldedLog.perMinute(1);
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final short FIRST_VERSION_WITH_FEATURES = 3;
    private static final short FIRST_VERSION_WITH_MIN_LEVEL_0 = 4;
    private static final String CLIENT_ID = "narrows-proxy";

    private final Upstream upstream;
    private final Map<ApiKeys, VersionRange> routed;
    private final Loop routerLoop;
    private @Nullable CompletableFuture<ApiMessage> latest;
    private long askedNanos;

    ApiVersionsApi(Upstream upstream, Map<ApiKeys, VersionRange> routed, Loop routerLoop) {
        this.upstream = upstream;
        this.routed = new EnumMap<>(routed);
        this.routerLoop = routerLoop;
        this.routed.put(key(), ApiRouting.versions(key()));
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        ApiVersionsRequest request = (ApiVersionsRequest) call.request();
        if (request.hasUnsupportedRequestVersion()) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, Errors.UNSUPPORTED_VERSION));
        }
        if (!request.isValid()) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, Errors.INVALID_REQUEST));
        }
        return CompletableFuture.completedFuture(call)
                .thenComposeAsync(unused -> askBroker(), routerLoop)
                .handle((response, failure) -> response == null
                        ? withoutBroker(client, failure)
                        : new Answer.Reply(build(call.version(), client, (ApiVersionsResponseData) response)));
    }

    private CompletableFuture<ApiMessage> askBroker() {
        long now = routerLoop.nanoTime();
        if (latest == null || latest.isCompletedExceptionally() || now - askedNanos > REFRESH_NANOS) {
            askedNanos = now;
            ApiVersionsRequestData request = new ApiVersionsRequestData()
                    .setClientSoftwareName(CLIENT_ID)
                    .setClientSoftwareVersion(AppInfoParser.getVersion());
            latest = upstream.send(new AnyBroker(), key(), Upstream.NEWEST, CLIENT_ID, request);
        }
        return latest;
    }

    /** Saying that nothing is supported would be final for clients; they connect again after a lost connection. */
    private Answer withoutBroker(Client client, @Nullable Throwable failure) {
        OUTAGE.write(
                routerLoop.nanoTime(),
                folded -> LOG.atWarn()
                        .addKeyValue("client", client.address())
                        .addKeyValue("cause", String.valueOf(failure))
                        .addKeyValue(FoldedLog.KEY, folded)
                        .log("No response from any broker to an ApiVersions request"));
        return new Answer.Hangup("no broker is reachable");
    }

    private ApiVersionsResponseData build(short version, Client client, ApiVersionsResponseData broker) {
        ApiVersionsResponseData response = new ApiVersionsResponseData();
        routed.forEach((key, range) -> {
            VersionRange brokers = key == key() ? range : upstream.versions(key);
            short min = (short) Math.max(range.min(), brokers.min());
            short max = (short) Math.min(range.max(), brokers.max());
            boolean served = client.means().isPresent() || ApiRouting.all().get(key) != ApiRoute.PORT;
            if (served && min <= max) {
                // As brokers do: librdkafka takes a missing Produce version 0 for a broker without Produce.
                short shownMin = key == ApiKeys.PRODUCE ? ApiKeys.PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION : min;
                response.apiKeys()
                        .add(new ApiVersion()
                                .setApiKey(key.id)
                                .setMinVersion(shownMin)
                                .setMaxVersion(max));
            }
        });
        if (version >= FIRST_VERSION_WITH_FEATURES) {
            response.setFinalizedFeaturesEpoch(broker.finalizedFeaturesEpoch());
            broker.finalizedFeatures()
                    .forEach(feature -> response.finalizedFeatures().add(feature.duplicate()));
            broker.supportedFeatures().stream()
                    .filter(feature -> feature.minVersion() > 0 || version >= FIRST_VERSION_WITH_MIN_LEVEL_0)
                    .forEach(feature -> response.supportedFeatures().add(feature.duplicate()));
        }
        return response;
    }
}
