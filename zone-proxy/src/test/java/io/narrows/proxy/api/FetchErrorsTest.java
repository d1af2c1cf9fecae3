package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.router.topology.Topology;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fetch requests that no consumer sends: the answers are those of a broker. */
final class FetchErrorsTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "test-client");

    private final ApiHarness harness = new ApiHarness();
    private final ClientApis apis = harness.connect(CLIENT);

    @BeforeEach
    void topic() {
        harness.cluster.createTopic("orders", 1);
        harness.cluster.refreshTopics(Set.of("orders"), Topology.AutoCreate.FORBIDDEN);
    }

    private static FetchRequestData request() {
        return new FetchRequestData()
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchTopic().setTopic("orders").setPartitions(List.of(new FetchPartition()))));
    }

    private FetchResponseData fetch(FetchRequestData request) {
        Answer answer = harness.answer(apis, ApiKeys.FETCH, 12, request);
        return (FetchResponseData) ((Answer.Reply) answer).body();
    }

    private static short onlyError(FetchResponseData response) {
        return response.responses().get(0).partitions().get(0).errorCode();
    }

    @Test
    void anIsolationLevelThatDoesNotExistFailsTheRequest() {
        FetchResponseData response = fetch(request().setIsolationLevel((byte) 5));
        assertThat(response.errorCode()).isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
        assertThat(onlyError(response)).isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
    }

    @Test
    void aClientIsNoReplica() {
        FetchResponseData response = fetch(request().setReplicaId(2));
        assertThat(onlyError(response)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
    }

    @Test
    void anErrorOfASessionNamesNoSession() {
        FetchResponseData response = fetch(request().setSessionId(7).setSessionEpoch(3));
        assertThat(response.errorCode()).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
        assertThat(response.sessionId()).isZero();
    }
}
