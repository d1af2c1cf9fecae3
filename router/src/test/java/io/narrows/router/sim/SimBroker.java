package io.narrows.router.sim;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;

/** A model leader: the relay's leader rules L1 to L5 in front of a model of Kafka's produce path. */
final class SimBroker {
    final int id;
    final String zone;
    boolean alive = true;
    boolean cutOff;
    final Map<String, SimNet.Wire> sessions = new HashMap<>();

    private final SimCluster cluster;
    private final SimWorld world;
    /** Partitions this broker believes to lead, and in which epoch. */
    private final Map<Integer, Integer> believed = new TreeMap<>();

    private final Map<LaneKey, SimLane> lanes = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();

    private record LaneKey(String writer, long laneId) {}

    private static final class SimLane {
        int epoch = -1;
        boolean stopped;
        boolean busy;
        int lastAppendedId = -1;
        final ArrayDeque<Work> queue = new ArrayDeque<>();
    }

    private static final class Work {
        AppendEntry entry;
        ProduceContext context;
        SimNet.Wire wire;
        long requestId;
        int index;
        SimLane lane;
        SimBatch batch;
        boolean fetched;
    }

    /** Appended, waiting for the in-sync replicas. */
    private record Waiting(SimPartition partition, int epoch, int offset, Work work) {}

    SimBroker(SimCluster cluster, int id, String zone) {
        this.cluster = cluster;
        this.world = cluster.world;
        this.id = id;
        this.zone = zone;
    }

    /** Learns that it leads, or (epoch null) that it does not. */
    void learn(int partition, Integer epoch) {
        if (!alive) {
            return;
        }
        if (epoch == null) {
            believed.remove(partition);
        } else {
            believed.put(partition, epoch);
        }
        for (Waiting wait : List.copyOf(waiting)) {
            if (wait.partition().index == partition
                    && !Integer.valueOf(wait.epoch()).equals(epoch)) {
                waiting.remove(wait);
                answer(wait.work(), RelayError.NONE, Errors.NOT_LEADER_OR_FOLLOWER, -1);
                cluster.refusedAfterAppend.add(wait.work().batch.id());
                if (wait.work().entry.laneEpoch() == wait.work().lane.epoch) {
                    stop(wait.work().lane);
                }
            }
        }
    }

    void kill() {
        alive = false;
        for (SimLane lane : lanes.values()) {
            lane.queue.forEach(work -> work.entry.release());
            lane.queue.clear();
        }
        lanes.clear();
        believed.clear();
        waiting.clear();
        sessions.clear();
    }

    /** Rule L1. */
    void onHello(SimNet.Wire wire) {
        SimNet.Wire before = sessions.put(wire.writer, wire);
        if (before != null && before != wire) {
            before.fenced = true;
            for (SimLane lane : lanes.values()) {
                lane.queue.removeIf(work -> {
                    boolean drop = work.wire != wire
                            && work.wire.writer.equals(wire.writer)
                            && !(lane.busy && work == lane.queue.peek());
                    if (drop) {
                        work.entry.release();
                    }
                    return drop;
                });
            }
        }
    }

    void onAppend(SimNet.Wire wire, AppendRequest request) {
        int index = 0;
        for (AppendGroup group : request.groups()) {
            for (AppendEntry entry : group.entries()) {
                Work work = new Work();
                work.entry = entry;
                work.context = group.context();
                work.wire = wire;
                work.requestId = request.requestId();
                work.index = index++;
                submit(work);
            }
        }
    }

    private void submit(Work work) {
        SimLane lane = lanes.computeIfAbsent(new LaneKey(work.wire.writer, work.entry.laneId()), key -> new SimLane());
        work.lane = lane;
        int epoch = work.entry.laneEpoch();
        if (epoch < lane.epoch) {
            refuse(work, RelayError.STALE_LANE, Errors.NONE);
            return;
        }
        if (epoch > lane.epoch) {
            lane.epoch = epoch;
            lane.stopped = false;
            for (Work old : List.copyOf(lane.queue)) {
                if (!(lane.busy && old == lane.queue.peek())) {
                    lane.queue.remove(old);
                    refuse(old, RelayError.STALE_LANE, Errors.NONE);
                }
            }
        }
        if (lane.stopped) {
            refuse(work, RelayError.LANE_STOPPED, Errors.NONE);
            return;
        }
        lane.queue.add(work);
        if (work.entry.bytes() != null) {
            work.batch = SimBatch.of(work.entry.bytes());
            work.fetched = true;
        } else {
            world.laterMs(1, 60, () -> {
                work.batch = cluster.store.read(work.entry.pointer());
                work.fetched = true;
                pump(lane);
            });
        }
        pump(lane);
    }

    private void pump(SimLane lane) {
        Work head = lane.queue.peek();
        if (alive && !lane.busy && head != null && head.fetched) {
            lane.busy = true;
            world.laterMs(0, 2, () -> release(lane, head));
        }
    }

    private void release(SimLane lane, Work work) {
        if (!alive || lane.queue.peek() != work) {
            return;
        }
        lane.busy = false;
        lane.queue.poll();
        boolean again = !append(work);
        if (again) {
            stop(lane);
        }
        pump(lane);
    }

    /** Rule L3: also when the answer comes from the wait for the replicas, after the append. */
    private void stop(SimLane lane) {
        lane.stopped = true;
        lane.busy = false;
        for (Work behind : List.copyOf(lane.queue)) {
            refuse(behind, RelayError.LANE_STOPPED, Errors.NONE);
        }
        lane.queue.clear();
    }

    /** False when the answer asks for a re-send. */
    private boolean append(Work work) {
        SimPartition partition = cluster.partitions.get(work.entry.partition());
        Pointer pointer = work.entry.pointer();
        if (work.batch == null) {
            return refuse(work, RelayError.OBJECT_UNREADABLE, Errors.NONE);
        }
        Integer epoch = believed.get(partition.index);
        if (epoch == null) {
            return refuse(work, RelayError.NONE, Errors.NOT_LEADER_OR_FOLLOWER);
        }
        if (!cluster.calm && world.chance(0.01)) {
            return refuse(work, RelayError.NONE, Errors.KAFKA_STORAGE_ERROR);
        }
        if (!cluster.calm && world.chance(0.01)) {
            return refuse(work, RelayError.BUSY, Errors.NONE);
        }
        SimLane lane = work.lane;
        if (work.batch.id() <= lane.lastAppendedId && !work.batch.isIdempotent()) {
            if (!cluster.refusedAfterAppend.contains(work.batch.id())) {
                throw new AssertionError("lane " + work.entry.laneId() + " appends " + work.batch + " after "
                        + lane.lastAppendedId + " pointer " + pointer);
            }
        }
        work.entry.release();
        if (partition.leaderId != id || partition.epoch != epoch) {
            // A zombie: its log will be truncated, nothing that waits for the replicas is ever acknowledged.
            world.trace(id + " zombie append " + work.batch);
            acknowledgeOrWait(work, new Waiting(partition, epoch, -1, work));
            return true;
        }
        int check = partition.sequenceCheck(work.batch, work.entry.sequence());
        world.trace(id + " append p" + partition.index + " " + work.batch + " check " + check);
        if (check < -1) {
            Errors error = check == -2 ? Errors.OUT_OF_ORDER_SEQUENCE_NUMBER : Errors.UNKNOWN_PRODUCER_ID;
            answer(work, RelayError.NONE, error, -1);
            return true;
        }
        lane.lastAppendedId = Math.max(lane.lastAppendedId, work.batch.id());
        int offset = check;
        if (check == -1) {
            offset = partition.log.size();
            partition.log.add(work.batch);
        }
        Waiting wait = new Waiting(partition, epoch, offset, work);
        acknowledgeOrWait(work, wait);
        if (offset >= partition.highWatermark) {
            world.laterMs(1, 15, () -> replicate(wait));
        }
        return true;
    }

    private void acknowledgeOrWait(Work work, Waiting wait) {
        if (work.context.acks() != -1) {
            answer(work, RelayError.NONE, Errors.NONE, wait.offset());
        } else if (wait.offset() >= 0 && wait.offset() < wait.partition().highWatermark) {
            answer(work, RelayError.NONE, Errors.NONE, wait.offset());
        } else {
            waiting.add(wait);
            world.loop.schedule(work.context.timeoutMs() * SimWorld.MS, () -> {
                if (waiting.remove(wait)) {
                    answer(work, RelayError.NONE, Errors.REQUEST_TIMED_OUT, -1);
                }
            });
        }
    }

    private void replicate(Waiting wait) {
        SimPartition partition = wait.partition();
        if (!alive || partition.epoch != wait.epoch() || partition.leaderId != id) {
            return;
        }
        if (cutOff) {
            world.laterMs(20, 50, () -> replicate(wait));
            return;
        }
        partition.highWatermark = Math.max(partition.highWatermark, wait.offset() + 1);
        for (Waiting other : List.copyOf(waiting)) {
            if (other.partition() == partition
                    && other.epoch() == partition.epoch
                    && other.offset() >= 0
                    && other.offset() < partition.highWatermark) {
                waiting.remove(other);
                answer(other.work(), RelayError.NONE, Errors.NONE, other.offset());
            }
        }
    }

    private boolean refuse(Work work, RelayError error, Errors code) {
        work.entry.release();
        answer(work, error, code, -1);
        return false;
    }

    private void answer(Work work, RelayError error, Errors code, long offset) {
        SimPartition partition = cluster.partitions.get(work.entry.partition());
        boolean hint = code == Errors.NOT_LEADER_OR_FOLLOWER && world.chance(0.5) && !cutOff;
        world.trace(id + " answers " + work.batch + " lane " + work.entry.laneId() + "/" + work.entry.laneEpoch() + " "
                + error + " " + code + " " + offset);
        work.wire.reply(
                work.requestId,
                new EntryResult(
                        work.index,
                        error,
                        code.code(),
                        offset,
                        -1,
                        0,
                        0,
                        hint ? partition.leaderId : -1,
                        hint ? partition.epoch : -1,
                        null,
                        List.of()));
    }
}
