package io.narrows.broker.append;

import io.narrows.broker.append.RelayRequest.Item;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.relay.AppendEngine;
import io.narrows.broker.relay.RelayEntry;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.EntryResult.RecordError;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import kafka.network.RequestChannel;
import kafka.server.ApiRequestHandler;
import kafka.server.BrokerServer;
import kafka.server.KafkaApis;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.LeaderAndIsr;
import org.apache.kafka.metadata.MetadataCache;
import org.apache.kafka.server.common.RequestLocal;
import org.jspecify.annotations.Nullable;

/**
 * Appends relay entries through Kafka's own request handling: a second {@link KafkaApis} over the broker's managers,
 * with a request channel and handler threads of its own. So authorization, quotas, transactions, validation and errors
 * are those of a client that is connected directly. May be called from any thread.
 */
public final class KafkaAppendEngine implements AppendEngine, AutoCloseable {
    /** Bytes of a Produce request beside its records, for the bandwidth quota. */
    private static final int REQUEST_OVERHEAD_BYTES = 60;

    private static final short LAST_VERSION_WITH_NAMES = 12;

    private final MetadataCache metadataCache;
    private final FirstSequences firstSequences;
    private final RelayRequestContext.Listener listener;
    private final StagedPointers stagedPointers;
    private final LinkMetrics linkMetrics;
    private final Time time;
    private final RelayRequestChannel channel;
    private final RelayHandlerThreads threads;

    public KafkaAppendEngine(
            BrokerServer broker, StagedPointers stagedPointers, LinkMetrics linkMetrics, int threadCount) {
        this.metadataCache = broker.metadataCache();
        this.firstSequences = new FirstSequences(broker.replicaManager()::getLog);
        this.listener = new RelayRequestContext.Listener(
                broker.config().interBrokerListenerName(), broker.config().interBrokerSecurityProtocol());
        this.stagedPointers = stagedPointers;
        this.linkMetrics = linkMetrics;
        this.time = broker.time();
        this.channel = new RelayRequestChannel(
                time, broker.socketServer().dataPlaneRequestChannel().metrics(), new Answering());
        this.threads = new RelayHandlerThreads(
                broker.config().nodeId(), channel, new Handler(RelayApis.create(broker, channel)), time, threadCount);
    }

    @Override
    public void append(List<List<RelayEntry>> requests, Listener answers) {
        RelayRun run = new RelayRun(requests, answers);
        RelayRequest first = next(run);
        if (first == null) {
            run.end();
        } else {
            channel.sendRequest(first);
        }
    }

    /** The next request of the run that has anything to append; null at its end. */
    private @Nullable RelayRequest next(RelayRun run) {
        for (List<RelayEntry> entries = run.next(); entries != null; entries = run.next()) {
            RelayRequest request = request(entries, run);
            if (request != null) {
                return request;
            }
        }
        return null;
    }

    private @Nullable RelayRequest request(List<RelayEntry> entries, RelayRun run) {
        ProduceContext context = entries.get(0).context();
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(context.clientAddress());
        if (address == null || !ApiKeys.PRODUCE.isVersionSupported(context.produceVersion())) {
            String reason = address == null ? "the client's address is not an IP address" : "unknown Produce version";
            fail(entries, RelayError.INVALID_MESSAGE, Errors.INVALID_REQUEST, reason, run);
            return null;
        }
        ProduceRequestData data = new ProduceRequestData()
                .setAcks(context.acks())
                .setTimeoutMs(context.timeoutMs())
                .setTransactionalId(context.transactionalId());
        List<Item> items = new ArrayList<>(entries.size());
        List<RelayEntry> nameless = new ArrayList<>();
        List<RelayEntry> overtaking = new ArrayList<>();
        int sizeBytes = REQUEST_OVERHEAD_BYTES;
        for (RelayEntry entry : entries) {
            Optional<String> name = metadataCache.getTopicName(kafkaId(entry.topicId()));
            if (name.isEmpty()) {
                nameless.add(entry);
                continue;
            }
            if (firstSequences.isMissing(entry, new TopicPartition(name.get(), entry.partition()))) {
                overtaking.add(entry);
                continue;
            }
            MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(entry.bytes()));
            items.add(new Item(entry, records));
            sizeBytes += records.sizeInBytes();
            topic(data, name.get(), kafkaId(entry.topicId()))
                    .partitionData()
                    .add(new PartitionProduceData().setIndex(entry.partition()).setRecords(records));
        }
        if (!nameless.isEmpty()) {
            // What a request with topic names cannot say: it would have no name to send.
            Errors error = context.produceVersion() > LAST_VERSION_WITH_NAMES
                    ? Errors.UNKNOWN_TOPIC_ID
                    : Errors.UNKNOWN_TOPIC_OR_PARTITION;
            fail(nameless, RelayError.NONE, error, null, run);
        }
        if (!overtaking.isEmpty()) {
            fail(overtaking, RelayError.NONE, Errors.UNKNOWN_PRODUCER_ID, null, run);
        }
        return items.isEmpty() ? null : request(context, address, new Body(data, sizeBytes), items, run);
    }

    private static void fail(
            List<RelayEntry> entries, RelayError relayError, Errors error, @Nullable String message, RelayRun run) {
        run.notAppended(entries);
        run.listener()
                .answered(
                        entries,
                        entries.stream()
                                .map(entry -> entry.failed(relayError, error, message))
                                .toList());
    }

    /** Stops the handler threads after they have worked off the queue. */
    @Override
    public void close() {
        threads.close();
    }

    private record Body(ProduceRequestData data, int sizeBytes) {}

    private RelayRequest request(
            ProduceContext context, InetAddress address, Body body, List<Item> items, RelayRun run) {
        RequestHeader header = new RequestHeader(ApiKeys.PRODUCE, context.produceVersion(), context.clientId(), 0);
        KafkaPrincipal principal = new KafkaPrincipal(context.principalType(), context.principalName());
        RelayRequestContext requestContext = new RelayRequestContext(
                header,
                new RelayRequestContext.Client(principal, address),
                listener,
                new ProduceRequest(body.data(), context.produceVersion()),
                body.sizeBytes());
        return new RelayRequest(
                items, requestContext, new RelayRequest.Origin(time.nanoseconds(), channel.metrics()), run);
    }

    /** Name and id both: the id says which topic of that name, whatever the version of the request. */
    private static TopicProduceData topic(ProduceRequestData data, String name, Uuid id) {
        TopicProduceData topic = data.topicData().find(name, id);
        if (topic == null) {
            topic = new TopicProduceData().setName(name).setTopicId(id);
            data.topicData().add(topic);
        }
        return topic;
    }

    private static Uuid kafkaId(UUID id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    private record Place(Uuid topicId, int partition) {}

    /** Brings responses back to the relay; called on Kafka's threads. */
    private final class Answering implements RelayRequestChannel.Answers {
        @Override
        public void response(RelayRequest request, ProduceResponse response) {
            if (!finish(request)) {
                return;
            }
            Map<Place, PartitionProduceResponse> byPlace = new HashMap<>();
            response.data()
                    .responses()
                    .forEach(topic -> topic.partitionResponses()
                            .forEach(partition ->
                                    byPlace.put(new Place(topic.topicId(), partition.index()), partition)));
            int throttleMs = response.data().throttleTimeMs();
            answer(request, entry -> {
                PartitionProduceResponse partition =
                        byPlace.get(new Place(kafkaId(entry.topicId()), entry.partition()));
                return partition == null
                        ? entry.failed(RelayError.NONE, Errors.UNKNOWN_SERVER_ERROR, "no response for the partition")
                        : result(entry, partition, throttleMs);
            });
        }

        @Override
        public void silent(RelayRequest request, Errors error) {
            if (finish(request)) {
                int throttleMs = (int) request.apiThrottleTimeMs();
                answer(request, entry -> {
                    Hint hint = hint(entry, error, -1, -1);
                    return new EntryResult(
                            entry.index(),
                            RelayError.NONE,
                            error.code(),
                            -1,
                            -1,
                            -1,
                            throttleMs,
                            hint.leaderId(),
                            hint.leaderEpoch(),
                            null,
                            List.of());
                });
            }
        }

        @Override
        public void crashed(RelayRequest request, Throwable cause) {
            if (finish(request)) {
                Errors error = Errors.forException(cause);
                answer(request, entry -> entry.failed(RelayError.NONE, error, cause.getMessage()));
            }
        }

        private static void answer(RelayRequest request, Function<RelayEntry, EntryResult> result) {
            List<RelayEntry> entries = request.items().stream().map(Item::entry).toList();
            request.listener().answered(entries, entries.stream().map(result).toList());
        }

        private boolean finish(RelayRequest request) {
            if (!request.answerOnce()) {
                return false;
            }
            request.finishPointers(stagedPointers).forEach(linkMetrics::finished);
            return true;
        }
    }

    private EntryResult result(RelayEntry entry, PartitionProduceResponse partition, int throttleTimeMs) {
        Hint hint = hint(
                entry,
                Errors.forCode(partition.errorCode()),
                partition.currentLeader().leaderId(),
                partition.currentLeader().leaderEpoch());
        return new EntryResult(
                entry.index(),
                RelayError.NONE,
                partition.errorCode(),
                partition.baseOffset(),
                partition.logAppendTimeMs(),
                partition.logStartOffset(),
                throttleTimeMs,
                hint.leaderId(),
                hint.leaderEpoch(),
                partition.errorMessage(),
                partition.recordErrors().stream()
                        .map(error -> new RecordError(error.batchIndex(), error.batchIndexErrorMessage()))
                        .toList());
    }

    private record Hint(int leaderId, int leaderEpoch) {}

    /** The proxy can use the hint also when its client speaks a version that has none. */
    private Hint hint(RelayEntry entry, Errors error, int leaderId, int leaderEpoch) {
        if (error != Errors.NOT_LEADER_OR_FOLLOWER || leaderId >= 0) {
            return new Hint(leaderId, leaderEpoch);
        }
        Optional<LeaderAndIsr> known = metadataCache
                .getTopicName(kafkaId(entry.topicId()))
                .flatMap(name -> metadataCache.getLeaderAndIsr(name, entry.partition()));
        return known.map(leader -> new Hint(leader.leader(), leader.leaderEpoch()))
                .orElse(new Hint(-1, -1));
    }

    /** Lets the replica manager see which relay request a handler thread works on. */
    private final class Handler implements ApiRequestHandler {
        private final KafkaApis apis;

        private Handler(KafkaApis apis) {
            this.apis = apis;
        }

        @Override
        public void handle(RequestChannel.Request request, @Nullable RequestLocal requestLocal) {
            RelayRequest relayed = (RelayRequest) request;
            try {
                relayed.runInRun(() -> {
                    relayed.putPointers(stagedPointers);
                    apis.handle(request, requestLocal);
                });
            } finally {
                goOn(relayed.run());
            }
        }

        /** The run stays on this thread, which is warm: no other has to be woken, and no lock is taken. */
        private void goOn(RelayRun run) {
            RelayRequest next = next(run);
            if (next == null) {
                run.end();
                apis.tryCompleteActions();
            } else {
                channel.follow(next);
            }
        }

        @Override
        public void tryCompleteActions() {
            apis.tryCompleteActions();
        }
    }
}
