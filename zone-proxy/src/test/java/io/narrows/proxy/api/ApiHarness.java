package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.relay.loop.ManualLoop;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;

/** The APIs as clients of a proxy with nodes 900 and 901 have them, before a fake cluster; used by one thread. */
final class ApiHarness {
    static final Endpoint AT = new Endpoint("proxy.zone-a", 9192);

    final FakeCluster cluster = new FakeCluster();
    final FakeUpstream upstream = new FakeUpstream(cluster);
    final ManualLoop loop = new ManualLoop(0);

    private final ClusterApis clusterApis;

    ApiHarness() {
        this(ClusterApis.NONE_ALLOWED);
    }

    ApiHarness(ClusterApis clusterApis) {
        this.clusterApis = clusterApis;
    }

    ClientApis connect(Client client) {
        return connect(client, new ClientZones(ZoneRules.none("a"), new MetricRegistry()));
    }

    ClientApis connect(Client client, ClientZones zones) {
        return new ApiTable(
                        new ApiTable.Dependencies(
                                cluster,
                                upstream,
                                cluster,
                                new VirtualCluster(900, 2, "a", List.of("test-*")),
                                new FetchSettings("a", 1 << 20),
                                loop,
                                PartitionGate.OPEN,
                                clusterApis),
                        zones)
                .connect(client, loop, upstream.forClient());
    }

    /** To a request as it comes over the wire. */
    Answer answer(ClientApis apis, ApiKeys key, int version, ApiMessage request) {
        AbstractRequest parsed = AbstractRequest.parseRequest(
                        key, (short) version, MessageUtil.toByteBufferAccessor(request, (short) version))
                .request;
        CompletableFuture<Answer> answer =
                apis.answer(new ApiCall(key, "test-client", parsed, records -> Unpooled.EMPTY_BUFFER));
        loop.runPending();
        assertThat(answer).isDone();
        return answer.join();
    }
}
