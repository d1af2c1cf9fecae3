package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/** FindCoordinator: a broker's answer, with this proxy in the place of the coordinators, which it remembers. */
final class FindCoordinatorApi implements Api {
    private static final short FIRST_VERSION_WITH_KEY_LISTS = 4;

    private final Upstream upstream;
    private final Coordinators coordinators;
    private final VirtualCluster cluster;

    FindCoordinatorApi(Upstream upstream, Coordinators coordinators, VirtualCluster cluster) {
        this.upstream = upstream;
        this.coordinators = coordinators;
        this.cluster = cluster;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        return upstream.send(new AnyBroker(), key(), call.version(), call.clientId(), call.message())
                .<Answer>thenApply(response -> {
                    FindCoordinatorResponseData data = (FindCoordinatorResponseData) response;
                    learn(call, data);
                    String key = ((FindCoordinatorRequestData) call.message()).key();
                    cluster.seenBy(client.software()).rewrite(data, key, client.advertised());
                    return new Answer.Reply(data, data.throttleTimeMs());
                })
                .exceptionally(failure -> ErrorResponses.error(call, Errors.COORDINATOR_NOT_AVAILABLE));
    }

    private void learn(ApiCall call, FindCoordinatorResponseData response) {
        FindCoordinatorRequestData request = (FindCoordinatorRequestData) call.message();
        Optional<CoordinatorType> type = Arrays.stream(CoordinatorType.values())
                .filter(candidate -> candidate.id() == request.keyType())
                .findFirst();
        if (type.isEmpty()) {
            return;
        }
        if (call.version() < FIRST_VERSION_WITH_KEY_LISTS) {
            if (response.errorCode() == Errors.NONE.code()) {
                coordinators.remember(new Coordinators.Key(type.get(), request.key()), response.nodeId());
            }
            return;
        }
        for (Coordinator coordinator : response.coordinators()) {
            if (coordinator.errorCode() == Errors.NONE.code()) {
                coordinators.remember(new Coordinators.Key(type.get(), coordinator.key()), coordinator.nodeId());
            }
        }
    }
}
