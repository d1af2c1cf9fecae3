package io.narrows.cli.load;

import io.narrows.cli.verify.RecordStamp;
import io.narrows.cli.verify.RecordStamp.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * One producer: fills a batch's worth of records for one partition, then turns to the next, as Kafka's own sticky
 * partitioner does, but with sequences that can be checked. Runs on its own thread and owns its {@link KafkaProducer}.
 */
final class ProducerTask implements Runnable {
    private static final int RECORD_OVERHEAD_BYTES = 24;
    private static final int BATCH_OVERHEAD_BYTES = 61;
    private static final long TRANSACTION_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int ABORT_EVERY = 8;

    private final LoadPlan plan;
    private final RunState state;
    private final int index;
    private final String zone;
    private final KafkaProducer<byte[], byte[]> producer;
    private final int recordsPerTurn;
    private final long turnNanos;
    private int partition;
    private int inTurn;
    private long turnStartedNanos;
    private @Nullable List<Stamp> transaction;

    ProducerTask(LoadPlan plan, RunState state, int index, ZoneEndpoints endpoints) {
        this.plan = plan;
        this.state = state;
        this.index = index;
        this.zone = endpoints.zone();
        this.producer = new KafkaProducer<>(ClientSettings.producer(plan, index, endpoints));
        int recordBytes = plan.shape().recordBytes() + RECORD_OVERHEAD_BYTES;
        this.recordsPerTurn = Math.max(1, (plan.producers().batchBytes() - BATCH_OVERHEAD_BYTES) / recordBytes);
        this.turnNanos =
                TimeUnit.MILLISECONDS.toNanos(Math.max(1, plan.producers().lingerMs()));
        this.partition = Math.floorMod(index * 7, plan.partitions());
    }

    @Override
    public void run() {
        try (producer) {
            if (plan.producers().guarantee() == LoadPlan.Guarantee.TRANSACTIONAL) {
                producer.initTransactions();
                produceInTransactions();
            } else {
                produce(Long.MAX_VALUE);
            }
            producer.flush();
            state.traffic(ClientTraffic.of(ClientTraffic.Role.PRODUCER, zone, producer.metrics()));
        } catch (KafkaException e) {
            state.errors().add("producer", e);
        } finally {
            state.producerEnded();
        }
    }

    private void produceInTransactions() {
        for (int number = 1; !state.isProducingOver(); number++) {
            List<Stamp> stamps = new ArrayList<>();
            transaction = stamps;
            producer.beginTransaction();
            try {
                produce(Pace.nowNanos() + TRANSACTION_NANOS);
                if (number % ABORT_EVERY == 0) {
                    abort(stamps);
                } else {
                    producer.commitTransaction();
                    stamps.forEach(state.ledger()::acknowledged);
                }
            } catch (KafkaException e) {
                state.errors().add("transaction", e);
                stamps.forEach(state.ledger()::uncertain);
                producer.abortTransaction();
            }
        }
    }

    private void abort(List<Stamp> stamps) {
        producer.flush();
        stamps.forEach(state.ledger()::aborted);
        producer.abortTransaction();
    }

    private void produce(long untilNanos) {
        Pace pace = state.pace();
        while (!state.isProducingOver() && Pace.nowNanos() - untilNanos < 0) {
            send(pace.await());
        }
    }

    /** The record carries the time it was due, so that readers measure from there too. */
    private void send(long dueNanos) {
        long now = Pace.nowNanos();
        if (inTurn >= recordsPerTurn || now - turnStartedNanos > turnNanos) {
            partition = (partition + 1) % plan.partitions();
            inTurn = 0;
            turnStartedNanos = now;
        }
        inTurn++;
        Stamp stamp = state.ledger().next(index, partition);
        byte[] value = RecordStamp.build(state.slab(), stamp, plan.shape().recordBytes());
        List<Stamp> open = transaction;
        if (open != null) {
            open.add(stamp);
        }
        try {
            var unused = producer.send(
                    new ProducerRecord<>(plan.topic(), partition, state.wallClockMs(dueNanos), null, value),
                    (metadata, error) -> completed(stamp, dueNanos, open != null, error));
        } catch (KafkaException e) {
            completed(stamp, dueNanos, open != null, e);
            throw e;
        }
    }

    /** On the producer's I/O thread. */
    private void completed(Stamp stamp, long dueNanos, boolean inTransaction, @Nullable Exception error) {
        if (error == null) {
            state.produced(Pace.nowNanos() - dueNanos, plan.shape().recordBytes());
        } else if (!inTransaction) {
            state.errors().add("send", error);
            state.ledger().uncertain(stamp);
        }
        if (error == null && !inTransaction) {
            state.ledger().acknowledged(stamp);
        }
    }
}
