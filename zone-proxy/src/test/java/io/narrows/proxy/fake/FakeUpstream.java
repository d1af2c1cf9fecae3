package io.narrows.proxy.fake;

import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ResponseReader;
import io.narrows.router.upstream.Upstream;
import io.netty.channel.EventLoop;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Brokers of a {@link FakeCluster} that answer from tables; remembers what was sent. Thread-safe. */
public final class FakeUpstream implements Upstream {
    /** A request that reached the brokers; {@code own}: over a connection that belongs to one client. */
    public record Sent(Target target, ApiKeys api, short version, String clientId, ApiMessage request, boolean own) {}

    private final FakeCluster cluster;
    private final Map<ApiKeys, Function<Sent, ApiMessage>> answers = new EnumMap<>(ApiKeys.class);
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final AtomicLong producerIds = new AtomicLong(1000);
    private final Set<ApiKeys> unanswered = ConcurrentHashMap.newKeySet();
    private final List<CompletableFuture<ApiMessage>> held = new CopyOnWriteArrayList<>();
    private volatile boolean unreachable;
    private volatile String introduced = "";

    public FakeUpstream(FakeCluster cluster) {
        this.cluster = cluster;
        answers.put(ApiKeys.METADATA, call -> metadata(call));
        answers.put(ApiKeys.API_VERSIONS, call -> new ApiVersionsResponseData());
        answers.put(
                ApiKeys.INIT_PRODUCER_ID,
                call -> new InitProducerIdResponseData()
                        .setProducerId(producerIds.incrementAndGet())
                        .setProducerEpoch((short) 0));
        answers.put(ApiKeys.FIND_COORDINATOR, FakeUpstream::coordinator);
    }

    public synchronized void answer(ApiKeys api, Function<Sent, ApiMessage> with) {
        answers.put(api, with);
    }

    /** Brokers say nothing to this until the client has left. */
    public void holdBack(ApiKeys api) {
        boolean unused = unanswered.add(api);
    }

    public void unreachable(boolean value) {
        unreachable = value;
    }

    /** What the last client said it is. */
    public String introduced() {
        return introduced;
    }

    /** In the order of sending. */
    public List<Sent> all() {
        return List.copyOf(sent);
    }

    public List<Sent> sent(ApiKeys api) {
        return sent.stream().filter(call -> call.api() == api).toList();
    }

    @Override
    public CompletableFuture<ApiMessage> send(
            Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
        return send(new Sent(target, api, version, clientId, request, false));
    }

    private synchronized CompletableFuture<ApiMessage> send(Sent call) {
        sent.add(call);
        if (unreachable) {
            return CompletableFuture.failedFuture(new DisconnectException("no broker can be reached"));
        }
        if (unanswered.contains(call.api())) {
            CompletableFuture<ApiMessage> never = new CompletableFuture<>();
            held.add(never);
            return never;
        }
        Function<Sent, ApiMessage> answer = answers.get(call.api());
        if (answer == null) {
            return CompletableFuture.failedFuture(new DisconnectException("the fake does not know " + call.api()));
        }
        try {
            return CompletableFuture.completedFuture(answer.apply(call));
        } catch (ApiException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public ClientUpstream forClient(EventLoop clientLoop, String client) {
        return forClient();
    }

    /** Answers from the same script. */
    public ClientUpstream forClient() {
        return new ClientUpstream() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
                return (CompletableFuture<T>) FakeUpstream.this.send(new Sent(
                        new Target.BrokerId(brokerId),
                        request.api(),
                        request.version(),
                        request.clientId(),
                        request.message(),
                        true));
            }

            @Override
            public void introduce(String softwareName, String softwareVersion) {
                introduced = softwareName + " " + softwareVersion;
            }

            @Override
            public int fetchBytes(String clientId) {
                return Integer.MAX_VALUE;
            }

            @Override
            public void pauseFetches() {}

            @Override
            public void resumeFetches() {}

            @Override
            public void close() {
                held.forEach(never -> never.completeExceptionally(new DisconnectException("The client has left")));
            }
        };
    }

    @Override
    public VersionRange versions(ApiKeys api) {
        boolean telemetry = api == ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS || api == ApiKeys.PUSH_TELEMETRY;
        return telemetry
                ? new VersionRange((short) 0, (short) -1)
                : new VersionRange(api.oldestVersion(), api.latestVersion(false));
    }

    @Override
    public void close() {}

    private ApiMessage metadata(Sent call) {
        MetadataResponseData response = new MetadataResponseData()
                .setClusterId(FakeCluster.CLUSTER_ID)
                .setControllerId(FakeCluster.REAL_BROKER);
        response.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(FakeCluster.REAL_BROKER)
                        .setHost("real-broker.internal")
                        .setPort(9092)
                        .setRack("b"));
        MetadataRequestData request = (MetadataRequestData) call.request();
        if (request.topics() == null) {
            cluster.topics().values().forEach(topic -> response.topics().add(known(topic)));
            return response;
        }
        request.topics().forEach(asked -> {
            TopicView topic = asked.name() != null
                    ? cluster.topics().get(asked.name())
                    : cluster.topics().values().stream()
                            .filter(candidate -> kafkaId(candidate).equals(asked.topicId()))
                            .findFirst()
                            .orElse(null);
            response.topics()
                    .add(
                            topic != null
                                    ? known(topic)
                                    : new MetadataResponseTopic()
                                            .setName(asked.name())
                                            .setTopicId(asked.topicId())
                                            .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
        });
        return response;
    }

    private static MetadataResponseTopic known(TopicView topic) {
        MetadataResponseTopic response =
                new MetadataResponseTopic().setName(topic.name()).setTopicId(kafkaId(topic));
        for (PartitionView partition : topic.partitions()) {
            response.partitions()
                    .add(new MetadataResponsePartition()
                            .setPartitionIndex(partition.partition())
                            .setLeaderId(partition.leaderId())
                            .setLeaderEpoch(partition.leaderEpoch())
                            .setReplicaNodes(List.of(FakeCluster.REAL_BROKER, FakeCluster.REAL_BROKER + 1))
                            .setIsrNodes(List.of(FakeCluster.REAL_BROKER)));
        }
        return response;
    }

    private static Uuid kafkaId(TopicView topic) {
        return new Uuid(topic.id().getMostSignificantBits(), topic.id().getLeastSignificantBits());
    }

    private static ApiMessage coordinator(Sent call) {
        FindCoordinatorRequestData request = (FindCoordinatorRequestData) call.request();
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (call.version() < 4) {
            return response.setNodeId(FakeCluster.REAL_BROKER)
                    .setHost("real-broker.internal")
                    .setPort(9092);
        }
        request.coordinatorKeys()
                .forEach(key -> response.coordinators()
                        .add(new FindCoordinatorResponseData.Coordinator()
                                .setKey(key)
                                .setNodeId(FakeCluster.REAL_BROKER)
                                .setHost("real-broker.internal")
                                .setPort(9092)));
        return response;
    }
}
