package io.narrows.broker.gc.collector;

/**
 * The question of a collector: raise your floors to these, then say what you refer to.
 *
 * @param id unlike that of any other round
 * @param startedAtMs by the collector's clock, for people and to tell the newest
 * @param graceMs objects younger than this are kept
 */
public record GcRound(long id, int collector, State state, long startedAtMs, long graceMs, Floors floors) {
    /** How far the round is. */
    public enum State {
        /** Waits for responses of brokers, or some of them are missing. */
        OPEN,
        /** All brokers responded in time: what none of them references may be deleted, permanently. */
        COMPLETE
    }

    /** With these floors too. */
    GcRound above(Floors more) {
        return new GcRound(id, collector, state, startedAtMs, graceMs, floors.merge(more));
    }

    GcRound completed() {
        return new GcRound(id, collector, State.COMPLETE, startedAtMs, graceMs, floors);
    }
}
