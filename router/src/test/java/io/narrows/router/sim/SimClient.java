package io.narrows.router.sim;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;

/**
 * A client connection that keeps several requests under way, and learns of the answers a while after they were given, in
 * their order. An idempotent one sends again what failed, like Kafka's producer: the batch that comes first in the
 * sequence before all others, and nothing new before it is on its way.
 */
final class SimClient {
    /** What Kafka's producer sends at most to a broker without an answer while it is idempotent. */
    private static final int IDEMPOTENT_PIPELINE = 5;

    private final SimWorld world;
    private final History history;
    private final ProduceConnection connection;
    private final boolean idempotent;
    private final int pipeline;
    private final SimProducer[] producers;
    private int underWay;
    private long answersReadUntil;
    private boolean stopped;

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

    SimClient(SimWorld world, SimCluster cluster, History history, ProduceConnection connection) {
        this.world = world;
        this.history = history;
        this.connection = connection;
        this.idempotent = world.chance(0.6);
        this.pipeline = world.between(1, idempotent ? IDEMPOTENT_PIPELINE : 12);
        this.producers = new SimProducer[cluster.partitions.size()];
        for (int partition = 0; partition < producers.length; partition++) {
            producers[partition] = new SimProducer(idempotent ? history.newProducerId() : -1);
        }
    }

    void run() {
        if (!stopped) {
            if (underWay < pipeline) {
                int first = world.random.nextInt(producers.length);
                int count = world.between(1, Math.min(3, producers.length));
                send(first, count, world.between(300, 3_000));
            }
            world.laterMs(0, 25, this::run);
        }
    }

    void stop(boolean close) {
        stopped = true;
        if (close) {
            connection.close();
        }
    }

    /** Sends again what has failed, until nothing is missing. */
    void finish() {
        for (int partition = 0; partition < producers.length; partition++) {
            if (!producers[partition].toSendAgain.isEmpty()) {
                send(partition, 1, 5_000);
            }
        }
        world.laterMs(10, 20, this::finish);
    }

    /** One batch for every partition, with time enough. */
    void probe() {
        send(0, producers.length, 5_000);
    }

    private void send(int first, int count, int timeoutMs) {
        short acks = (short) (idempotent || world.chance(0.8) ? -1 : world.between(0, 1));
        ProduceContext context =
                new ProduceContext(acks, timeoutMs, (short) 11, null, "User", "sim", "sim", "127.0.0.1");
        History.Request request = new History.Request(acks, timeoutMs, world.now());
        List<PartitionBatch> batches = new ArrayList<>();
        List<History.Sent> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int partition = (first + i) % producers.length;
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
            sent.add(history.sent(this, partition, batch, request, bytes));
        }
        if (sent.isEmpty()) {
            return;
        }
        underWay++;
        world.trace("send " + sent.get(0).batch + " and " + (sent.size() - 1));
        connection.produce(new ProduceCall(context, batches)).whenComplete((outcomes, failure) -> {
            for (int i = 0; i < sent.size(); i++) {
                answered(sent.get(i), outcomes.get(i));
            }
            answersReadUntil = Math.max(answersReadUntil, world.now() + world.between(0, 30) * SimWorld.MS);
            world.loop.schedule(answersReadUntil - world.now(), () -> {
                underWay--;
                sent.forEach(this::read);
            });
        });
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
        if (sent.errorCode != 0) {
            producer.toSendAgain.put(sent.batch.sequence(), sent.batch);
        }
    }
}
