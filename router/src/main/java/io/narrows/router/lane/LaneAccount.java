package io.narrows.router.lane;

import java.util.concurrent.atomic.LongAdder;

/**
 * Where the bytes of a lane are counted: its topic's and its client's counters, looked up once, when the lane began. Added
 * to by the router's loop, read by any thread.
 *
 * @param topic by path
 * @param client by path
 * @param hops bytes times the transfers between zones that they make without Narrows on the way to the leader
 */
public record LaneAccount(ByPath topic, ByPath client, LongAdder hops) {
    /** One counter for each path that bytes can take. */
    public record ByPath(LongAdder local, LongAdder staged, LongAdder direct) {
        private void add(SentForm form, int bytes) {
            switch (form) {
                case LOCAL -> local.add(bytes);
                case STAGED, STAGED_LOCAL -> staged.add(bytes);
                case DIRECT -> direct.add(bytes);
            }
        }
    }

    /** A leader answered a batch that was sent like this. */
    public void answered(SentForm form, int bytes) {
        topic.add(form, bytes);
        client.add(form, bytes);
        if (form == SentForm.STAGED || form == SentForm.DIRECT) {
            hops.add(bytes);
        }
    }
}
