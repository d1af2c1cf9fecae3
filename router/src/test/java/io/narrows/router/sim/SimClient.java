package io.narrows.router.sim;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** A client connection that keeps several requests under way. */
final class SimClient {
    private final SimWorld world;
    private final SimCluster cluster;
    private final History history;
    private final ProduceConnection connection;
    private final boolean idempotent;
    private final int pipeline;
    private final long[] producerIds;
    private final int[] sequences;
    private int underWay;
    private boolean stopped;

    SimClient(SimWorld world, SimCluster cluster, History history, ProduceConnection connection) {
        this.world = world;
        this.cluster = cluster;
        this.history = history;
        this.connection = connection;
        this.idempotent = world.chance(0.6);
        this.pipeline = world.between(1, 12);
        this.producerIds = new long[cluster.partitions.size()];
        this.sequences = new int[cluster.partitions.size()];
        for (int partition = 0; partition < producerIds.length; partition++) {
            producerIds[partition] = idempotent ? history.newProducerId() : -1;
        }
    }

    void run() {
        if (!stopped) {
            if (underWay < pipeline) {
                int first = world.random.nextInt(producerIds.length);
                int count = world.between(1, Math.min(3, producerIds.length));
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

    /** One batch for every partition, with time enough. */
    void probe() {
        send(0, producerIds.length, 5_000);
    }

    private void send(int first, int count, int timeoutMs) {
        short acks = (short) (idempotent || world.chance(0.8) ? -1 : world.between(0, 1));
        ProduceContext context =
                new ProduceContext(acks, timeoutMs, (short) 11, null, "User", "sim", "sim", "127.0.0.1");
        History.Request request = new History.Request(acks, timeoutMs, world.now());
        List<PartitionBatch> batches = new ArrayList<>();
        List<History.Sent> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int partition = (first + i) % producerIds.length;
            SimBatch batch = new SimBatch(history.newId(), producerIds[partition], sequences[partition]++);
            ByteBuf bytes = batch.toBytes(world.between(SimBatch.BYTES, 120));
            batches.add(new PartitionBatch(SimCluster.TOPIC, partition, bytes, batch.producerId(), batch.id()));
            sent.add(history.sent(this, partition, batch, request, bytes));
        }
        underWay++;
        world.trace("send " + sent.get(0).batch + " and " + (count - 1));
        connection.produce(new ProduceCall(context, batches)).whenComplete((outcomes, failure) -> {
            underWay--;
            for (int i = 0; i < sent.size(); i++) {
                answered(sent.get(i), outcomes.get(i));
            }
        });
    }

    private void answered(History.Sent sent, BatchOutcome outcome) {
        world.trace("answer " + sent.batch + " " + outcome.errorCode() + " " + outcome.baseOffset());
        sent.answers++;
        sent.errorCode = outcome.errorCode();
        sent.offset = outcome.baseOffset();
        sent.answeredAt = world.now();
        if (outcome.errorCode() != 0 && idempotent && sent.batch.producerId() == producerIds[sent.partition]) {
            // What a producer does about a batch it gives up: a new epoch, sequences from 0.
            producerIds[sent.partition] = history.newProducerId();
            sequences[sent.partition] = 0;
        }
    }
}
