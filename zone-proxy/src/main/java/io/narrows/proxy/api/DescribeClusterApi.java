package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeCluster: a broker's answer, with this proxy's addresses. */
final class DescribeClusterApi implements Api {
    private final Upstream upstream;
    private final VirtualCluster cluster;

    DescribeClusterApi(Upstream upstream, VirtualCluster cluster) {
        this.upstream = upstream;
        this.cluster = cluster;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        return upstream.send(new AnyBroker(), key(), call.version(), call.clientId(), call.message())
                .<Answer>thenApply(response -> {
                    DescribeClusterResponseData data = (DescribeClusterResponseData) response;
                    cluster.seenBy(client.software()).rewrite(data, client.advertised());
                    return new Answer.Reply(data, data.throttleTimeMs());
                })
                .exceptionally(failure -> ErrorResponses.error(call, Errors.REQUEST_TIMED_OUT));
    }
}
