package io.narrows.bench.it;

import com.fasterxml.jackson.databind.JsonNode;
import io.narrows.bench.it.RawRequests.Existing;
import io.narrows.bench.it.RawRequests.Kind;
import io.narrows.bench.it.RawRequests.Request;
import io.narrows.cli.cluster.Ready;
import io.narrows.proxy.api.ApiRoute;
import io.narrows.proxy.api.ApiRouting;
import io.narrows.proxy.api.BrokerDifference;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/** The same raw requests to a stock broker and to a proxy, and where the responses differ. Used by one thread. */
final class RawComparison {
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration SETTLED = Duration.ofSeconds(10);
    private static final String NAME = "words";

    private RawComparison() {}

    /** What one request was answered with. */
    record Difference(Request request, String stock, String proxy) {
        @Override
        public String toString() {
            return request + "\n  stock: " + stock + "\n  proxy: " + proxy;
        }
    }

    /** Why the responses differ; null if they should not. */
    static @Nullable BrokerDifference reason(Difference difference) {
        Request request = difference.request();
        ApiRoute decision = ApiRouting.all().get(request.key());
        if (decision == ApiRoute.REFUSED || decision == ApiRoute.PORT) {
            return BrokerDifference.NOT_SERVED;
        }
        return switch (request.key()) {
            case API_VERSIONS -> BrokerDifference.API_VERSIONS;
            case OFFSET_FOR_LEADER_EPOCH, DESCRIBE_PRODUCERS ->
                request.kind() == Kind.TWICE ? BrokerDifference.NAMED_TWICE : null;
            case FETCH -> request.kind() == Kind.NEGATIVE ? BrokerDifference.ISOLATION_LEVEL : null;
            default -> null;
        };
    }

    static List<Difference> differences(int stockPort, int proxyPort) throws Exception {
        try (RawConnection stock = new RawConnection(stockPort);
                RawConnection proxy = new RawConnection(proxyPort)) {
            List<Request> atStock = RawRequests.all(prepare(stock));
            List<Request> atProxy = RawRequests.all(prepare(proxy));
            List<Difference> differences = new ArrayList<>();
            for (int i = 0; i < atStock.size(); i++) {
                Difference difference = compare(stock, atStock.get(i), proxy, atProxy.get(i));
                if (difference != null) {
                    differences.add(difference);
                }
            }
            return differences;
        }
    }

    /** What a cluster says while it loads or creates something passes: only what stays different counts. */
    private static @Nullable Difference compare(
            RawConnection stock, Request atStock, RawConnection proxy, Request atProxy) throws InterruptedException {
        List<Difference> last = new ArrayList<>();
        boolean unused = Ready.await(SETTLED, () -> {
            last.clear();
            Difference difference = new Difference(atStock, stock.send(atStock), proxy.send(atProxy));
            if (!difference.stock().equals(difference.proxy())) {
                last.add(difference);
            }
            return last.isEmpty() || reason(difference) != null;
        });
        return last.isEmpty() ? null : last.get(0);
    }

    /** The topic, and coordinators that are there. */
    private static Existing prepare(RawConnection connection) throws IOException, InterruptedException {
        CreateTopicsRequestData create = new CreateTopicsRequestData().setTimeoutMs(30_000);
        create.topics()
                .add(new CreatableTopic().setName(NAME).setNumPartitions(1).setReplicationFactor((short) -1));
        JsonNode unused = connection.ask(ApiKeys.CREATE_TOPICS, 7, create);
        MetadataRequestData metadata =
                new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName(NAME)));
        OffsetFetchRequestData offsets = new OffsetFetchRequestData()
                .setGroups(
                        List.of(new OffsetFetchRequestGroup().setGroupId(NAME).setTopics(null)));
        InitProducerIdRequestData producer =
                new InitProducerIdRequestData().setTransactionalId(NAME).setTransactionTimeoutMs(1_000);
        boolean ready = Ready.await(
                READY,
                () -> hasNoError(connection, ApiKeys.METADATA, 12, metadata)
                        && hasNoError(connection, ApiKeys.FIND_COORDINATOR, 4, coordinator(CoordinatorType.GROUP))
                        && hasNoError(connection, ApiKeys.FIND_COORDINATOR, 4, coordinator(CoordinatorType.TRANSACTION))
                        && hasNoError(connection, ApiKeys.OFFSET_FETCH, 9, offsets)
                        && hasNoError(connection, ApiKeys.INIT_PRODUCER_ID, 4, producer));
        if (!ready) {
            throw new IllegalStateException("topic and coordinators are not ready");
        }
        JsonNode topics = connection.ask(ApiKeys.METADATA, 12, metadata).get("topics");
        return new Existing(NAME, Uuid.fromString(topics.get(0).get("topicId").asText()));
    }

    private static FindCoordinatorRequestData coordinator(CoordinatorType type) {
        return new FindCoordinatorRequestData().setKeyType(type.id()).setCoordinatorKeys(List.of(NAME));
    }

    private static boolean hasNoError(RawConnection connection, ApiKeys key, int version, ApiMessage request) {
        try {
            return connection.ask(key, version, request).findValues("errorCode").stream()
                    .allMatch(code -> code.asInt() == 0);
        } catch (IOException e) {
            return false;
        }
    }
}
