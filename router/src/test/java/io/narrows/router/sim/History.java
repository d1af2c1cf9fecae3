package io.narrows.router.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything clients sent and were told, and what must hold of it. */
final class History {
    private static final long ROUTER_DEADLINE_MARGIN_MS = LaneSimulationTest.DEADLINE_MARGIN_MS;

    /** The sweep that ends entries runs every 100 ms. */
    private static final long SWEEP_MS = 101;

    private final List<Sent> all = new ArrayList<>();
    private int nextId;
    private long nextProducerId = 1_000;

    /** What the request of a batch said. */
    record Request(short acks, int timeoutMs) {}

    /** One batch and its answer. */
    static final class Sent {
        final SimClient client;
        final int partition;
        final SimBatch batch;
        final Request request;
        final ByteBuf bytes;
        int answers;
        short errorCode;
        long offset;
        long arrivedAt;
        long answeredAt;

        Sent(SimClient client, int partition, SimBatch batch, Request request, ByteBuf bytes) {
            this.client = client;
            this.partition = partition;
            this.batch = batch;
            this.request = request;
            this.bytes = bytes;
        }

        boolean acknowledged() {
            return answers > 0 && errorCode == 0 && request.acks() == -1;
        }

        @Override
        public String toString() {
            return batch + " p" + partition + " acks " + request.acks() + " error " + errorCode + " offset " + offset;
        }
    }

    int newId() {
        return nextId++;
    }

    long newProducerId() {
        return nextProducerId++;
    }

    Sent sent(SimClient client, int partition, SimBatch batch, Request request, ByteBuf bytes) {
        Sent sent = new Sent(client, partition, batch, request, bytes);
        all.add(sent);
        return sent;
    }

    int size() {
        return all.size();
    }

    long acknowledgedCount() {
        return all.stream().filter(Sent::acknowledged).count();
    }

    List<Sent> since(int index) {
        return all.subList(index, all.size());
    }

    void check(SimCluster cluster, Set<SimClient> finished) {
        everyBatchIsAnsweredOnceAndInTime();
        acknowledgedBatchesAreInTheLogInOrder(cluster);
        noProducerHasADuplicateOrAGap(cluster);
        noPlainBatchIsTwiceWithoutReason(cluster);
        whatWasSentAgainIsAcknowledgedInTheEnd(finished);
        for (Sent sent : all) {
            assertThat(sent.bytes.refCnt()).as("buffer of %s", sent).isZero();
        }
    }

    private void everyBatchIsAnsweredOnceAndInTime() {
        for (Sent sent : all) {
            assertThat(sent.answers).as("answers to %s", sent).isEqualTo(1);
            long tookMs = (sent.answeredAt - sent.arrivedAt) / SimWorld.MS;
            assertThat(tookMs)
                    .as("time to answer %s", sent)
                    .isLessThanOrEqualTo(sent.request.timeoutMs() + ROUTER_DEADLINE_MARGIN_MS + SWEEP_MS);
        }
    }

    /** Plain batches in the order of sending; those of a producer, whose sequence {@link #noProducerHasADuplicateOrAGap} looks at, by it. */
    private void acknowledgedBatchesAreInTheLogInOrder(SimCluster cluster) {
        Map<SimClient, Map<Integer, Sent>> last = new HashMap<>();
        for (Sent sent : all) {
            if (!sent.acknowledged()) {
                continue;
            }
            List<SimBatch> log = cluster.partitions.get(sent.partition).log;
            assertThat(sent.offset).as("offset of %s", sent).isBetween(0L, log.size() - 1L);
            assertThat(log.get((int) sent.offset))
                    .as("log at the offset of %s", sent)
                    .isEqualTo(sent.batch);
            if (sent.batch.isIdempotent()) {
                continue;
            }
            Sent before =
                    last.computeIfAbsent(sent.client, client -> new HashMap<>()).put(sent.partition, sent);
            if (before != null) {
                assertThat(sent.offset).as("order of %s after %s", sent, before).isGreaterThan(before.offset);
            }
        }
    }

    /** A producer that went on until nothing was missing has everything in the log. */
    private void whatWasSentAgainIsAcknowledgedInTheEnd(Set<SimClient> finished) {
        Map<Integer, Sent> lastAttempt = new HashMap<>();
        for (Sent sent : all) {
            if (sent.batch.isIdempotent() && finished.contains(sent.client)) {
                lastAttempt.put(sent.batch.id(), sent);
            }
        }
        lastAttempt
                .values()
                .forEach(sent ->
                        assertThat(sent.errorCode).as("in the end: %s", sent).isZero());
    }

    private static void noProducerHasADuplicateOrAGap(SimCluster cluster) {
        for (SimPartition partition : cluster.partitions) {
            Map<Long, Integer> lastSequence = new HashMap<>();
            for (SimBatch batch : partition.log) {
                if (batch.isIdempotent()) {
                    int before = lastSequence.getOrDefault(batch.producerId(), -1);
                    assertThat(batch.sequence())
                            .as("sequence of %s in partition %d", batch, partition.index)
                            .isEqualTo(before + 1);
                    lastSequence.put(batch.producerId(), batch.sequence());
                }
            }
        }
    }

    private static void noPlainBatchIsTwiceWithoutReason(SimCluster cluster) {
        for (SimPartition partition : cluster.partitions) {
            Set<Integer> seen = new HashSet<>();
            for (SimBatch batch : partition.log) {
                assertThat(seen.add(batch.id()) || cluster.refusedAfterAppend.contains(batch.id()))
                        .as("%s once in partition %d", batch, partition.index)
                        .isTrue();
            }
        }
    }
}
