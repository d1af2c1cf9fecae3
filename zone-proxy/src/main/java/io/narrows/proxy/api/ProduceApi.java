package io.narrows.proxy.api;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce, for one client connection and on its event loop. Requests enter the lanes in the order of their arrival: one
 * that waits for a look-up of its topics holds back those behind it. Owns the connection's lanes.
 */
final class ProduceApi implements Api {
    private static final Logger LOG = LoggerFactory.getLogger(ProduceApi.class);
    private static final short ACKS_ALL = -1;

    /** What this API needs of the process. */
    record Dependencies(Topology topology, ProduceResponses responses, PartitionGate gate) {}

    private final Dependencies dependencies;
    private final ProduceConnection lanes;
    private final Executor eventLoop;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final RefusedBatches refusedBatches = new RefusedBatches();
    private boolean lookingUp;

    /** A request that is not in the lanes yet. */
    private record Waiting(
            ApiCall call,
            Client client,
            @Nullable ProduceContext context,
            List<ProduceEntry> entries,
            CompletableFuture<Answer> answer) {}

    /** One whose entries are in the lanes or have ended; its client hears of it when {@code mayAnswer} is complete. */
    private record Released(Waiting request, List<BatchOutcome> outcomes, CompletableFuture<Void> mayAnswer) {}

    /** An entry of a request, by its place in it, that the gate has let in. */
    private record Routed(int index, String topic, int partition) {}

    ProduceApi(Dependencies dependencies, ProduceConnection lanes, Executor eventLoop) {
        this.dependencies = dependencies;
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
        Waiting waiting =
                new Waiting(call, client, context(call, client), ProduceEntry.of(call), new CompletableFuture<>());
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
            release(head, dependencies.topology().view(), Errors.NONE);
        }
    }

    private boolean missesSomething(Waiting head) {
        ClusterView view = dependencies.topology().view();
        return head.entries().stream().anyMatch(entry -> entry.find(view) == null);
    }

    private void lookUp(Waiting head) {
        lookingUp = true;
        ClusterView view = dependencies.topology().view();
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
                : dependencies.topology().refreshTopics(names, Topology.AutoCreate.FORBIDDEN);
        CompletableFuture<ClusterView> found = ids.isEmpty()
                ? byName
                : byName.thenCompose(unused -> dependencies.topology().refreshTopicIds(ids));
        CompletableFuture<Void> unused = found.handleAsync(
                (fresh, failure) -> {
                    lookingUp = false;
                    if (failure == null) {
                        queue.removeFirst();
                        release(head, dependencies.topology().view(), Errors.NONE);
                        drain();
                    } else {
                        releaseAll();
                    }
                    return null;
                },
                eventLoop);
    }

    /**
     * No broker has answered. A look-up for each request that waits would hold the last one for as many time limits; nothing
     * of them was appended, and the error makes clients ask for metadata and send again.
     */
    private void releaseAll() {
        for (Waiting next = queue.poll(); next != null; next = queue.poll()) {
            release(next, dependencies.topology().view(), Errors.NOT_LEADER_OR_FOLLOWER);
        }
    }

    /** Puts the valid entries into the lanes; {@code lookUpError} is the answer for those still unknown, if any. */
    private void release(Waiting request, ClusterView view, Errors lookUpError) {
        List<BatchOutcome> outcomes = new ArrayList<>();
        List<Routed> routed = new ArrayList<>();
        List<PartitionBatch> batches = new ArrayList<>();
        CompletableFuture<Void> mayAnswer = CompletableFuture.completedFuture(null);
        for (ProduceEntry entry : request.entries()) {
            TopicView topic = entry.find(view);
            ByteBuf bytes = bytes(request.call(), entry);
            Errors error = check(request, bytes);
            ProducerSequence producer = error == Errors.NONE ? BatchHeader.producer(bytes) : ProducerSequence.NONE;
            BatchOutcome refusal;
            if (topic == null) {
                refusedBatches.add(entry, producer);
                refusal = ProduceEntry.refused(lookUpError == Errors.NONE ? entry.unknown(view) : lookUpError);
            } else {
                dependencies.topology().used(topic.id());
                refusal = error == Errors.NONE ? refusal(entry, topic, producer) : ProduceEntry.refused(error);
                if (refusal != null && refusal.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()) {
                    mayAnswer = dependencies.gate().othersReady();
                }
            }
            if (topic == null || refusal != null) {
                boolean unused = bytes.release();
                outcomes.add(refusal);
            } else {
                routed.add(new Routed(
                        outcomes.size(), topic.name(), entry.partition().index()));
                batches.add(batch(entry, topic, bytes, producer));
                outcomes.add(ProduceEntry.refused(Errors.NONE));
            }
        }
        finish(new Released(request, outcomes, mayAnswer), routed, batches);
    }

    /** Null if the gate has let the entry in. */
    private @Nullable BatchOutcome refusal(ProduceEntry entry, TopicView topic, ProducerSequence producer) {
        int partition = entry.partition().index();
        if (refusedBatches.isBehind(entry, producer)) {
            return ProduceEntry.refused(Errors.NOT_LEADER_OR_FOLLOWER);
        }
        if (!dependencies.gate().tryEnter(topic.name(), partition)) {
            refusedBatches.add(entry, producer);
            int leaderEpoch = topic.partitions().get(partition).leaderEpoch();
            return ProduceEntry.refused(Errors.NOT_LEADER_OR_FOLLOWER, leaderEpoch);
        }
        return null;
    }

    private void finish(Released released, List<Routed> routed, List<PartitionBatch> batches) {
        ProduceContext context = released.request().context();
        if (context == null || batches.isEmpty()) {
            answer(released);
            return;
        }
        ProduceCall call = new ProduceCall(context, batches, sequenceGap(released.request()));
        CompletableFuture<?> unused = lanes.produce(call).whenComplete((results, failure) -> {
            routed.forEach(entry -> dependencies.gate().leave(entry.topic(), entry.partition()));
            if (failure != null) {
                boolean ignored = released.request().answer().completeExceptionally(failure);
                return;
            }
            for (int i = 0; i < results.size(); i++) {
                released.outcomes().set(routed.get(i).index(), results.get(i));
            }
            answer(released);
        });
    }

    private void answer(Released released) {
        CompletableFuture<?> unused = released.mayAnswer()
                .thenApply(ready -> toAnswer(released.request(), released.outcomes()))
                .whenComplete((answer, failure) -> {
                    boolean ignored = failure == null
                            ? released.request().answer().complete(answer)
                            : released.request().answer().completeExceptionally(failure);
                });
    }

    /** A client that has one connection reads failures in the order of its batches; see RFC 0002, rule P6. */
    private Errors sequenceGap(Waiting request) {
        boolean oneConnection = dependencies.gate() == PartitionGate.OPEN
                && dependencies.responses().showsOneNode(request.client());
        return oneConnection ? Errors.OUT_OF_ORDER_SEQUENCE_NUMBER : Errors.NOT_LEADER_OR_FOLLOWER;
    }

    /** Consumes {@code bytes}. */
    private static PartitionBatch batch(ProduceEntry entry, TopicView topic, ByteBuf bytes, ProducerSequence producer) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.nioBuffer());
        return new PartitionBatch(topic.id(), entry.partition().index(), bytes, producer, (int) crc.getValue());
    }

    /** For the caller to release; empty if the request has none. */
    private static ByteBuf bytes(ApiCall call, ProduceEntry entry) {
        BaseRecords records = entry.partition().records();
        return records == null
                ? Unpooled.EMPTY_BUFFER
                : BatchHeader.withoutRest(call.slices().retainedSlice(records));
    }

    private static Errors check(Waiting request, ByteBuf bytes) {
        Errors error = BatchHeader.check(bytes, request.call().version());
        short acks = ((ProduceRequestData) request.call().message()).acks();
        if (error != Errors.NONE) {
            return error;
        }
        if (acks < ACKS_ALL || acks > 1) {
            return Errors.INVALID_REQUIRED_ACKS;
        }
        return request.context() == null ? Errors.INVALID_REQUEST : Errors.NONE;
    }

    /** Null if the request says what no leader could be told. A broker takes a negative time limit for none. */
    private static @Nullable ProduceContext context(ApiCall call, Client client) {
        ProduceRequestData data = (ProduceRequestData) call.message();
        try {
            return new ProduceContext(
                    data.acks(),
                    Math.max(0, data.timeoutMs()),
                    call.version(),
                    data.transactionalId(),
                    client.principalType(),
                    client.principalName(),
                    call.clientId(),
                    client.address());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private Answer toAnswer(Waiting request, List<BatchOutcome> outcomes) {
        ApiCall call = request.call();
        if (((ProduceRequestData) call.message()).acks() != 0) {
            ClusterView view = dependencies.topology().view();
            return dependencies.responses().reply(request.entries(), outcomes, call.version(), view, request.client());
        }
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).errorCode() != Errors.NONE.code()) {
                Errors error = Errors.forCode(outcomes.get(i).errorCode());
                LOG.atInfo()
                        .addKeyValue("client", request.client().address())
                        .addKeyValue(
                                "partition",
                                request.entries().get(i).partition().index())
                        .addKeyValue("error", error)
                        .log("Closing a connection: a batch with acks=0 failed");
                return new Answer.Hangup("a batch sent with acks=0 failed: " + error);
            }
        }
        return new Answer.Silence();
    }
}
