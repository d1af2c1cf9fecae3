package io.narrows.proxy.api;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.Upstream.VersionRange;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce, for one client connection and on its event loop. Requests enter the lanes in the order of their arrival: one
 * that waits for a look-up of its topics holds back those behind it. Owns the connection's lanes.
 */
final class ProduceApi implements Api {
    private static final Logger LOG = LoggerFactory.getLogger(ProduceApi.class);
    private static final short ACKS_ALL = -1;

    static final VersionRange VERSIONS =
            new VersionRange(ApiKeys.PRODUCE.oldestVersion(), ApiKeys.PRODUCE.latestVersion(false));

    /** What this API needs of the process. */
    record Parts(Topology topology, ProduceResponses responses, PartitionGate gate) {}

    private final Parts parts;
    private final ProduceConnection lanes;
    private final Executor eventLoop;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private boolean lookingUp;

    /** A request that is not in the lanes yet. */
    private record Waiting(ApiCall call, Client client, List<ProduceEntry> entries, CompletableFuture<Answer> answer) {}

    /** An entry of a request, by its place in it, that the gate has let in. */
    private record Routed(int index, String topic, int partition) {}

    ProduceApi(Parts parts, ProduceConnection lanes, Executor eventLoop) {
        this.parts = parts;
        this.lanes = lanes;
        this.eventLoop = eventLoop;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.PRODUCE;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.LANES;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        List<ProduceEntry> entries = new ArrayList<>();
        int topicIndex = 0;
        for (TopicProduceData topic : ((ProduceRequestData) call.message()).topicData()) {
            for (PartitionProduceData partition : topic.partitionData()) {
                entries.add(new ProduceEntry(topicIndex, topic, partition));
            }
            topicIndex++;
        }
        Waiting waiting = new Waiting(call, client, entries, new CompletableFuture<>());
        queue.add(waiting);
        drain();
        return waiting.answer();
    }

    /** The client is gone and all its requests are answered. */
    void close() {
        lanes.close();
    }

    private void drain() {
        while (!lookingUp && !queue.isEmpty()) {
            Waiting head = queue.getFirst();
            if (missesSomething(head)) {
                lookUp(head);
                return;
            }
            queue.removeFirst();
            release(head, parts.topology().view(), Errors.NONE);
        }
    }

    private boolean missesSomething(Waiting head) {
        ClusterView view = parts.topology().view();
        return head.entries().stream().anyMatch(entry -> entry.find(view) == null);
    }

    private void lookUp(Waiting head) {
        lookingUp = true;
        ClusterView view = parts.topology().view();
        Set<String> names = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        for (ProduceEntry entry : head.entries()) {
            if (entry.find(view) == null && entry.namesTopicById()) {
                ids.add(entry.topicId());
            } else if (entry.find(view) == null) {
                names.add(entry.topic().name());
            }
        }
        CompletableFuture<ClusterView> byName = names.isEmpty()
                ? CompletableFuture.completedFuture(view)
                : parts.topology().refreshTopics(names, Topology.AutoCreate.FORBIDDEN);
        CompletableFuture<ClusterView> found = ids.isEmpty()
                ? byName
                : byName.thenCompose(unused -> parts.topology().refreshTopicIds(ids));
        CompletableFuture<Void> unused = found.handleAsync(
                (fresh, failure) -> {
                    lookingUp = false;
                    queue.removeFirst();
                    // Nothing was appended: the error makes clients ask for metadata and send again.
                    release(
                            head,
                            parts.topology().view(),
                            failure == null ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER);
                    drain();
                    return null;
                },
                eventLoop);
    }

    /** Puts the valid entries into the lanes; {@code lookUpError} is the answer for those still unknown, if any. */
    private void release(Waiting request, ClusterView view, Errors lookUpError) {
        List<BatchOutcome> outcomes = new ArrayList<>();
        List<Routed> routed = new ArrayList<>();
        List<PartitionBatch> batches = new ArrayList<>();
        for (ProduceEntry entry : request.entries()) {
            TopicView topic = entry.find(view);
            if (topic == null) {
                outcomes.add(ProduceEntry.refused(lookUpError == Errors.NONE ? entry.unknown(view) : lookUpError));
                continue;
            }
            parts.topology().used(topic.id());
            int partition = entry.partition().index();
            Errors error = check(request.call(), entry);
            if (error != Errors.NONE) {
                outcomes.add(ProduceEntry.refused(error));
            } else if (parts.gate().tryEnter(topic.name(), partition)) {
                routed.add(new Routed(outcomes.size(), topic.name(), partition));
                batches.add(batch(request.call(), entry, topic));
                outcomes.add(ProduceEntry.refused(Errors.NONE));
            } else {
                int leaderEpoch = topic.partitions().get(partition).leaderEpoch();
                outcomes.add(ProduceEntry.refused(Errors.NOT_LEADER_OR_FOLLOWER, leaderEpoch));
            }
        }
        finish(request, outcomes, routed, batches);
    }

    private void finish(
            Waiting request, List<BatchOutcome> outcomes, List<Routed> routed, List<PartitionBatch> batches) {
        if (batches.isEmpty()) {
            boolean unused = request.answer().complete(toAnswer(request, outcomes));
            return;
        }
        CompletableFuture<?> unused = lanes.produce(new ProduceCall(context(request), batches))
                .whenComplete((results, failure) -> {
                    routed.forEach(entry -> parts.gate().leave(entry.topic(), entry.partition()));
                    if (failure != null) {
                        boolean ignored = request.answer().completeExceptionally(failure);
                        return;
                    }
                    for (int i = 0; i < results.size(); i++) {
                        outcomes.set(routed.get(i).index(), results.get(i));
                    }
                    boolean ignored = request.answer().complete(toAnswer(request, outcomes));
                });
    }

    private static PartitionBatch batch(ApiCall call, ProduceEntry entry, TopicView topic) {
        ByteBuf bytes = call.slices().retainedSlice(entry.partition().records());
        CRC32C crc = new CRC32C();
        crc.update(bytes.nioBuffer());
        return new PartitionBatch(
                topic.id(), entry.partition().index(), bytes, BatchHeader.producerId(bytes), (int) crc.getValue());
    }

    private static Errors check(ApiCall call, ProduceEntry entry) {
        short acks = ((ProduceRequestData) call.message()).acks();
        if (acks < ACKS_ALL || acks > 1) {
            return Errors.INVALID_REQUIRED_ACKS;
        }
        if (entry.partition().records() == null) {
            return Errors.INVALID_RECORD;
        }
        ByteBuf bytes = call.slices().retainedSlice(entry.partition().records());
        try {
            return BatchHeader.check(bytes, call.version());
        } finally {
            boolean unused = bytes.release();
        }
    }

    private static ProduceContext context(Waiting request) {
        ProduceRequestData data = (ProduceRequestData) request.call().message();
        Client client = request.client();
        return new ProduceContext(
                data.acks(),
                data.timeoutMs(),
                request.call().version(),
                data.transactionalId(),
                client.principalType(),
                client.principalName(),
                request.call().clientId(),
                client.address());
    }

    private Answer toAnswer(Waiting request, List<BatchOutcome> outcomes) {
        ApiCall call = request.call();
        if (((ProduceRequestData) call.message()).acks() != 0) {
            ClusterView view = parts.topology().view();
            return parts.responses().reply(request.entries(), outcomes, call.version(), view, request.client());
        }
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).errorCode() != Errors.NONE.code()) {
                Errors error = Errors.forCode(outcomes.get(i).errorCode());
                LOG.info(
                        "Closing a connection: a batch sent with acks=0 failed; client={} partition={} error={}",
                        request.client().address(),
                        request.entries().get(i).partition().index(),
                        error);
                return new Answer.Hangup("a batch sent with acks=0 failed: " + error);
            }
        }
        return new Answer.Silence();
    }
}
