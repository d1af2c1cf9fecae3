package io.narrows.broker.gc.collector;

import io.narrows.relay.Checks;
import java.util.Set;

/**
 * One start of a broker, as the controller registered it.
 *
 * @param epoch greater than that of each registration before
 * @param incarnation the id that the process chose for itself, a word
 * @param directories ids of its log directories, words without commas
 */
public record Registration(long epoch, String incarnation, Set<String> directories) {
    public Registration {
        Checks.argument(epoch >= 0, "epoch of a broker must not be negative");
        directories = Set.copyOf(directories);
    }

    /** Whether this is the process that was registered so, with all the directories that it had then. */
    public boolean isProcessOf(Registration registered) {
        return epoch == registered.epoch
                && incarnation.equals(registered.incarnation)
                && directories.containsAll(registered.directories);
    }
}
