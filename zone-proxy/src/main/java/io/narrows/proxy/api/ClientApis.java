package io.narrows.proxy.api;

import io.narrows.router.fetch.ClientFetcher;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.jspecify.annotations.Nullable;

/** The APIs as one connection sees them. Called on the connection's event loop, in the order of the requests. */
public final class ClientApis {
    private final Map<ApiKeys, Api> shared;
    private final Map<ApiKeys, Api> own;
    private final Resources resources;
    private Client client;

    /** What the connection's own APIs work with and what ends with it. */
    record Resources(ProduceApi produce, ClientFetcher fetcher, ClientUpstream upstream) {}

    /** Closes the resources. */
    ClientApis(Map<ApiKeys, Api> shared, Map<ApiKeys, Api> own, Resources resources, Client client) {
        this.shared = shared;
        this.own = own;
        this.resources = resources;
        this.client = client;
    }

    public ExecutionOrder order(ApiKeys key) {
        Api api = find(key);
        return api == null ? ExecutionOrder.ANY : api.order();
    }

    /** May complete on any thread. A failure ends the connection. */
    public CompletableFuture<Answer> answer(ApiCall call) {
        Api api = find(call.key());
        if (api == null || !covers(api.versions(), call.version())) {
            String reason = call.key() + " version " + call.version() + " is not served by this proxy";
            return CompletableFuture.completedFuture(Replies.error(call, Errors.UNSUPPORTED_VERSION, reason));
        }
        if (call.request() instanceof ApiVersionsRequest introduction && introduction.isValid()) {
            client = client.introducedAs(introduction.data().clientSoftwareName());
        }
        return api.answer(call, client);
    }

    /** The client is gone: brokers answer what they hold back for it no more. */
    public void disconnect() {
        resources.fetcher().close();
        resources.upstream().close();
    }

    /** The client does not take its responses: brokers' answers to its fetches are left where they are. */
    public void pauseFetches() {
        resources.upstream().pauseFetches();
    }

    public void resumeFetches() {
        resources.upstream().resumeFetches();
    }

    /** The client is gone and all its requests are answered. */
    public void close() {
        resources.produce().close();
    }

    private @Nullable Api find(ApiKeys key) {
        return own.getOrDefault(key, shared.get(key));
    }

    private static boolean covers(VersionRange range, short version) {
        return version >= range.min() && version <= range.max();
    }
}
