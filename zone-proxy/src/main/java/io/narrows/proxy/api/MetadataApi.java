package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metadata: a broker's answer in the client's version (errors, epochs, topic creation and authorization are its), with
 * this proxy's addresses for all nodes and its own nodes as leaders. What it says of leaders goes to the topology. While no broker answers,
 * named topics are answered from the topology's last view, so that producers keep their connection.
 */
final class MetadataApi implements Api {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataApi.class);
    private static final FoldedLog OUTAGE = FoldedLog.perMinute(1);

    private final Upstream upstream;
    private final Topology topology;
    private final VirtualCluster cluster;
    private final Loop loop;

    /** {@code loop} has the time. */
    MetadataApi(Upstream upstream, Topology topology, VirtualCluster cluster, Loop loop) {
        this.upstream = upstream;
        this.topology = topology;
        this.cluster = cluster;
        this.loop = loop;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.METADATA;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        MetadataRequestData request = (MetadataRequestData) call.message();
        return ask(call, MetadataParts.split(request, call.version()), new ArrayList<>())
                .handle((response, failure) -> response == null
                        ? fromView(request, client, failure)
                        : fromBroker(MetadataParts.merge(response), client));
    }

    /** One part after the other, so that a long list does not keep others' requests from a connection for long. */
    private CompletableFuture<List<MetadataResponseData>> ask(
            ApiCall call, List<MetadataRequestData> parts, List<MetadataResponseData> responses) {
        if (responses.size() == parts.size()) {
            return CompletableFuture.completedFuture(responses);
        }
        return upstream.send(new AnyBroker(), key(), call.version(), call.clientId(), parts.get(responses.size()))
                .thenCompose(response -> {
                    responses.add((MetadataResponseData) response);
                    return ask(call, parts, responses);
                });
    }

    private Answer fromBroker(MetadataResponseData metadata, Client client) {
        metadata.topics().forEach(this::learnLeaders);
        cluster.seenBy(client.software()).rewrite(metadata, client.advertised());
        return new Answer.Reply(metadata, metadata.throttleTimeMs());
    }

    private void learnLeaders(MetadataResponseTopic topic) {
        ClusterView view = topology.view();
        UUID id = new UUID(
                topic.topicId().getMostSignificantBits(), topic.topicId().getLeastSignificantBits());
        for (MetadataResponsePartition partition : topic.partitions()) {
            PartitionView known = view.partition(id, partition.partitionIndex());
            if (known != null && partition.leaderEpoch() > known.leaderEpoch() && partition.leaderId() >= 0) {
                topology.leaderHint(id, partition.partitionIndex(), partition.leaderId(), partition.leaderEpoch());
            }
        }
    }

    private Answer fromView(MetadataRequestData request, Client client, @Nullable Throwable failure) {
        List<MetadataRequestTopic> topics = request.topics();
        OUTAGE.write(
                loop.nanoTime(),
                folded -> LOG.atWarn()
                        .addKeyValue("client", client.address())
                        .addKeyValue("cause", String.valueOf(failure))
                        .addKeyValue(FoldedLog.KEY, folded)
                        .log("No response from any broker to a Metadata request"));
        if (topics == null || topics.isEmpty()) {
            return new Answer.Hangup("no response from any broker to a Metadata request");
        }
        ClusterView view = topology.view();
        MetadataResponseData response = new MetadataResponseData().setClusterId(view.clusterId());
        view.brokers()
                .values()
                .forEach(broker -> response.brokers()
                        .add(new MetadataResponseBroker()
                                .setNodeId(broker.id())
                                .setRack(broker.zone().isEmpty() ? null : broker.zone())));
        response.setTopics(MetadataParts.table(
                topics.stream().map(topic -> fromView(topic, view)).toList()));
        cluster.seenBy(client.software()).rewrite(response, client.advertised());
        return new Answer.Reply(response);
    }

    private static MetadataResponseTopic fromView(MetadataRequestTopic asked, ClusterView view) {
        UUID askedId = new UUID(
                asked.topicId().getMostSignificantBits(), asked.topicId().getLeastSignificantBits());
        TopicView known = asked.name() == null
                ? view.topicsById().get(askedId)
                : view.topicsByName().get(asked.name());
        if (known == null) {
            return new MetadataResponseTopic()
                    .setName(asked.name())
                    .setTopicId(asked.topicId())
                    .setErrorCode(Errors.LEADER_NOT_AVAILABLE.code());
        }
        MetadataResponseTopic topic = new MetadataResponseTopic()
                .setName(known.name())
                .setTopicId(
                        new Uuid(known.id().getMostSignificantBits(), known.id().getLeastSignificantBits()));
        for (PartitionView partition : known.partitions()) {
            Errors error = partition.leaderId() < 0 ? Errors.LEADER_NOT_AVAILABLE : Errors.NONE;
            topic.partitions()
                    .add(new MetadataResponsePartition()
                            .setPartitionIndex(partition.partition())
                            .setErrorCode(error.code())
                            .setLeaderId(partition.leaderId())
                            .setLeaderEpoch(partition.leaderEpoch())
                            .setReplicaNodes(partition.inSyncIds())
                            .setIsrNodes(partition.inSyncIds()));
        }
        return topic;
    }
}
