package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.loop.ManualLoop;
import io.netty.buffer.Unpooled;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.junit.jupiter.api.Test;

/** Kafka's table of APIs against what the proxy does with each. A new Kafka with a new API fails here. */
final class ApiRoutingTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", new Endpoint("proxy", 9192), "");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeUpstream upstream = new FakeUpstream(cluster);
    private final ManualLoop loop = new ManualLoop(0);
    private final ApiTable table = new ApiTable(new ApiTable.Dependencies(
            cluster,
            upstream,
            cluster,
            new VirtualCluster(900, 2, "a", List.of("test-*")),
            new FetchSettings("a", 1 << 20),
            loop));

    private static Set<ApiKeys> ofBrokers() {
        return EnumSet.copyOf(ApiKeys.apisForListener(ListenerType.BROKER));
    }

    @Test
    void everyApiOfABrokerHasADecision() {
        assertThat(ApiRouting.all().keySet()).containsExactlyInAnyOrderElementsOf(ofBrokers());
    }

    @Test
    void whatIsNotRefusedIsServedAndNothingElse() {
        Set<ApiKeys> served = ofBrokers();
        served.removeIf(key -> ApiRouting.all().get(key) == ApiRoute.REFUSED);
        assertThat(table.keys()).containsExactlyInAnyOrderElementsOf(served);
    }

    @Test
    void refusedApisAreNotOfferedAndAnsweredWithAnErrorThatSaysSo() {
        ClientApis apis = table.connect(CLIENT, loop, upstream.forClient());
        Answer offered = answer(apis, ApiKeys.API_VERSIONS);
        ApiVersionsResponseData versions = (ApiVersionsResponseData) ((Answer.Reply) offered).body();
        for (ApiKeys key : ofBrokers()) {
            if (ApiRouting.all().get(key) == ApiRoute.REFUSED) {
                assertThat(versions.apiKeys().find(key.id)).as(key.name).isNull();
                assertThat(answer(apis, key).toString())
                        .as(key.name)
                        .satisfiesAnyOf(
                                text -> assertThat(text).contains("errorCode=" + Errors.UNSUPPORTED_VERSION.code()),
                                text -> assertThat(text).contains("errorCode=" + Errors.ILLEGAL_SASL_STATE.code()),
                                text -> assertThat(text).contains("Hangup"),
                                text -> assertThat(text).contains("=[]"));
            }
        }
    }

    private Answer answer(ClientApis apis, ApiKeys key) {
        short version = key.latestVersion(false);
        var empty = key == ApiKeys.API_VERSIONS
                ? new ApiVersionsRequestData().setClientSoftwareName("t").setClientSoftwareVersion("1")
                : key.messageType.newRequest();
        AbstractRequest request =
                AbstractRequest.parseRequest(key, version, MessageUtil.toByteBufferAccessor(empty, version)).request;
        var answer = apis.answer(new ApiCall(key, "test", request, records -> Unpooled.EMPTY_BUFFER));
        loop.runPending();
        return answer.join();
    }
}
