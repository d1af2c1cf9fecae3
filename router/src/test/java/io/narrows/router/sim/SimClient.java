package io.narrows.router.sim;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.narrows.router.topology.PartitionView;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;

/**
 * A client with a connection to each node of the proxy that it sees; a partition's node is chosen by its leader, which the
 * client learns late. It keeps several requests in flight on each connection, and learns of the answers a while after they
 * were given, in the order of the connection. An idempotent one sends again what failed, like Kafka's producer: the batch
 * that comes first in the sequence before all others, and nothing new before it is on its way.
 */
final class SimClient {
    /** What Kafka's producer sends at most to a broker without an answer while it is idempotent. */
    private static final int IDEMPOTENT_PIPELINE = 5;

    private final SimWorld world;
    private final History history;
    private final SimCluster cluster;
    private final List<Node> nodes;
    private final String clientId;
    private final boolean idempotent;
    private final int pipeline;
    private final SimProducer[] producers;
    private final int[] knownLeaders;
    private boolean stopped;

    /** A node of the proxy, and the connection to it. */
    private static final class Node {
        final ProduceConnection connection;
        /** Requests that have arrived; the session writes their responses in this order. */
        final ArrayDeque<Arrived> arrived = new ArrayDeque<>();

        long sentArriveUntil;
        long answersReadUntil;
        int underWay;

        Node(ProduceConnection connection) {
            this.connection = connection;
        }
    }

    private static final class Arrived {
        final List<History.Sent> batches;
        boolean answered;

        Arrived(List<History.Sent> batches) {
            this.batches = batches;
        }
    }

    /** The batches of one partition that are not acknowledged, by sequence. */
    private static final class SimProducer {
        final long id;
        final TreeMap<Integer, SimBatch> underWay = new TreeMap<>();
        final TreeMap<Integer, SimBatch> toSendAgain = new TreeMap<>();
        int nextSequence;

        SimProducer(long id) {
            this.id = id;
        }

        int firstMissing() {
            int first = underWay.isEmpty() ? Integer.MAX_VALUE : underWay.firstKey();
            return toSendAgain.isEmpty() ? first : Math.min(first, toSendAgain.firstKey());
        }

        boolean maySend() {
            return toSendAgain.isEmpty() || underWay.isEmpty() || toSendAgain.firstKey() < underWay.firstKey();
        }
    }

    /** Which producers there are. */
    enum Kind {
        ANY(0.7),
        IDEMPOTENT(1);

        private final double idempotent;

        Kind(double idempotent) {
            this.idempotent = idempotent;
        }
    }

    SimClient(SimWorld world, SimCluster cluster, History history, Kind kind, Supplier<ProduceConnection> connect) {
        this.world = world;
        this.clientId = "sim-" + world.random.nextInt(2);
        this.history = history;
        this.cluster = cluster;
        this.nodes = IntStream.range(0, world.chance(0.2) ? 1 : world.between(2, 3))
                .mapToObj(node -> new Node(connect.get()))
                .toList();
        this.idempotent = world.chance(kind.idempotent);
        this.pipeline = world.between(1, idempotent ? IDEMPOTENT_PIPELINE : 12);
        long producerId = history.newProducerId();
        this.producers = new SimProducer[cluster.partitions.size()];
        for (int partition = 0; partition < producers.length; partition++) {
            producers[partition] = new SimProducer(idempotent ? producerId : -1);
        }
        this.knownLeaders = new int[producers.length];
        refreshMetadata();
    }

    void run() {
        if (!stopped) {
            int first = world.random.nextInt(producers.length);
            int count = world.between(1, Math.min(3, producers.length));
            send(first, count, world.between(300, 3_000), pipeline);
            world.laterMs(0, 25, this::run);
        }
    }

    void stop(boolean close) {
        stopped = true;
        if (close) {
            nodes.forEach(node -> arrives(node, node.connection::close));
        }
    }

    /** At its age; an error that says so makes it sooner. */
    private void refreshMetadata() {
        askForMetadata();
        if (!stopped) {
            world.laterMs(50, 800, this::refreshMetadata);
        }
    }

    private void askForMetadata() {
        List<PartitionView> leaders =
                cluster.view().topicsById().get(SimCluster.TOPIC).partitions();
        leaders.forEach(leader -> {
            if (leader.leaderId() >= 0) {
                knownLeaders[leader.partition()] = leader.leaderId();
            }
        });
    }

    private Node nodeOf(int partition) {
        return nodes.get(knownLeaders[partition] % nodes.size());
    }

    /**
     * What is sent on a connection arrives in order, but over connections an idempotent client's batches may overtake each
     * other. So they can with a plain client; which are out of order then is not looked at here.
     */
    private void arrives(Node node, Runnable event) {
        node.sentArriveUntil = Math.max(node.sentArriveUntil, world.now() + transferMs() * SimWorld.MS);
        if (node.sentArriveUntil == world.now()) {
            event.run();
        } else {
            world.loop.schedule(node.sentArriveUntil - world.now(), event);
        }
    }

    /** Often slow, so that batches overtake each other wherever a partition changes its node. */
    private int transferMs() {
        return !idempotent ? 0 : world.chance(0.25) ? world.between(50, 400) : world.between(0, 3);
    }

    /** Sends again what has failed, until nothing is missing. */
    void finish() {
        for (int partition = 0; partition < producers.length; partition++) {
            if (!producers[partition].toSendAgain.isEmpty()) {
                send(partition, 1, 5_000, Integer.MAX_VALUE);
            }
        }
        world.laterMs(10, 20, this::finish);
    }

    /** One batch for every partition, with time enough. */
    void probe() {
        send(0, producers.length, 5_000, Integer.MAX_VALUE);
    }

    /** One request to each node that the partitions are at. */
    private void send(int first, int count, int timeoutMs, int mostUnderWay) {
        for (Node node : nodes) {
            if (node.underWay < mostUnderWay) {
                List<Integer> partitions = IntStream.range(first, first + count)
                        .map(partition -> partition % producers.length)
                        .filter(partition -> nodeOf(partition) == node)
                        .boxed()
                        .toList();
                send(node, partitions, timeoutMs);
            }
        }
    }

    private void send(Node node, List<Integer> partitions, int timeoutMs) {
        short acks = (short) (idempotent || world.chance(0.8) ? -1 : world.between(0, 1));
        ProduceContext context =
                new ProduceContext(acks, timeoutMs, (short) 11, null, "User", "sim", clientId, "127.0.0.1");
        History.Request asked = new History.Request(acks, timeoutMs);
        List<PartitionBatch> batches = new ArrayList<>();
        List<History.Sent> sent = new ArrayList<>();
        for (int partition : partitions) {
            SimProducer producer = producers[partition];
            if (!producer.maySend()) {
                continue;
            }
            SimBatch batch = producer.toSendAgain.isEmpty()
                    ? new SimBatch(history.newId(), producer.id, producer.nextSequence++)
                    : producer.toSendAgain.pollFirstEntry().getValue();
            producer.underWay.put(batch.sequence(), batch);
            ByteBuf bytes = batch.toBytes(world.between(SimBatch.BYTES, 120));
            batches.add(new PartitionBatch(SimCluster.TOPIC, partition, bytes, batch.producer(), batch.id()));
            sent.add(history.sent(this, partition, batch, asked, bytes));
        }
        if (sent.isEmpty()) {
            return;
        }
        node.underWay++;
        world.trace("send " + sent.get(0).batch + " and " + (sent.size() - 1) + " to node " + nodes.indexOf(node));
        ProduceCall call = new ProduceCall(
                context,
                batches,
                // With one connection, the answers say which batch failed first.
                nodes.size() == 1 ? Errors.OUT_OF_ORDER_SEQUENCE_NUMBER : Errors.NOT_LEADER_OR_FOLLOWER);
        arrives(node, () -> {
            sent.forEach(batch -> batch.arrivedAt = world.now());
            Arrived request = new Arrived(sent);
            node.arrived.add(request);
            node.connection.produce(call).whenComplete((outcomes, failure) -> answered(node, request, outcomes));
        });
    }

    private void answered(Node node, Arrived request, List<BatchOutcome> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            answered(request.batches.get(i), outcomes.get(i));
        }
        request.answered = true;
        while (!node.arrived.isEmpty() && node.arrived.getFirst().answered) {
            Arrived next = node.arrived.removeFirst();
            node.answersReadUntil = Math.max(node.answersReadUntil, world.now() + world.between(0, 30) * SimWorld.MS);
            world.loop.schedule(node.answersReadUntil - world.now(), () -> {
                node.underWay--;
                next.batches.forEach(this::read);
            });
        }
    }

    private void answered(History.Sent sent, BatchOutcome outcome) {
        world.trace("answer " + sent.batch + " " + outcome.errorCode() + " " + outcome.baseOffset());
        sent.answers++;
        sent.errorCode = outcome.errorCode();
        sent.offset = outcome.baseOffset();
        sent.answeredAt = world.now();
    }

    private void read(History.Sent sent) {
        if (!idempotent) {
            return;
        }
        SimProducer producer = producers[sent.partition];
        boolean isFirst = producer.firstMissing() == sent.batch.sequence();
        producer.underWay.remove(sent.batch.sequence());
        if (sent.errorCode == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code() && isFirst) {
            throw new AssertionError("later batches are in the log without " + sent);
        }
        if (sent.errorCode == Errors.NOT_LEADER_OR_FOLLOWER.code()) {
            world.laterMs(0, 50, this::askForMetadata);
        }
        if (sent.errorCode != 0) {
            producer.toSendAgain.put(sent.batch.sequence(), sent.batch);
        }
    }
}
