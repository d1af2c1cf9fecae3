package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.Registration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A broker of the simulation: its disk, and the process that runs on it now. */
final class SimBroker {
    final int id;
    final Map<Integer, SimReplica> disk = new TreeMap<>();
    private final String cluster;
    private final SimProcess.Surroundings surroundings;
    private @Nullable SimProcess process;

    SimBroker(int id, String cluster, SimProcess.Surroundings surroundings) {
        this.id = id;
        this.cluster = cluster;
        this.surroundings = surroundings;
    }

    /** With the disk as it is and nothing else. A process that runs already is not touched: the disk was copied. */
    void start(Registration registration) {
        SimProcess started = new SimProcess(id, cluster, registration, surroundings);
        disk.values().forEach(replica -> replica.loadInto(started.references));
        process = started;
    }

    SimProcess process() {
        if (process == null) {
            throw new IllegalStateException("broker " + id + " was not started");
        }
        return process;
    }

    void kill() {
        process().kill();
    }

    void pauseFor(long nanos, SimLoop.Clock clock) {
        SimProcess one = process();
        one.pause(clock);
        surroundings.world().schedule(nanos, one::resume);
    }

    boolean isAlive() {
        return process().isAlive();
    }

    boolean works() {
        return process().works();
    }

    /** Of the process that runs now; after a restart they are other ones. */
    BrokerReferences references() {
        return process().references;
    }
}
