package io.narrows.proxy.metadata;

import java.util.Collection;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rendezvous hashing: of all candidates the one with the highest hash of its id and the key. All that know the same ids
 * finds the same one, also in another version of this program, so the hash must never change. Stateless.
 */
public final class RendezvousHash {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
    private static final long MIX_1 = 0xbf58476d1ce4e5b9L;
    private static final long MIX_2 = 0x94d049bb133111ebL;
    private static final int SHIFT_1 = 30;
    private static final int SHIFT_2 = 27;
    private static final int SHIFT_3 = 31;

    private RendezvousHash() {}

    /** The key of a partition. */
    public static long key(String topic, int partition) {
        return hash(topic) + GOLDEN_GAMMA * (partition + 1L);
    }

    /** The key of anything else that has one owner. */
    public static long key(String name) {
        return hash(name);
    }

    /** Null when there are no candidates. */
    public static <T> @Nullable T choose(Collection<T> candidates, Function<T, String> id, long key) {
        T best = null;
        String bestId = "";
        long bestScore = 0;
        for (T candidate : candidates) {
            String candidateId = id.apply(candidate);
            long score = mix(hash(candidateId) ^ mix(key));
            if (best == null
                    || Long.compareUnsigned(score, bestScore) > 0
                    || (score == bestScore && candidateId.compareTo(bestId) > 0)) {
                best = candidate;
                bestId = candidateId;
                bestScore = score;
            }
        }
        return best;
    }

    /** Java's hash of a string is fixed by its specification, and strings remember it. */
    private static long hash(String text) {
        return mix(text.hashCode() * GOLDEN_GAMMA + text.length());
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> SHIFT_1) * MIX_1;
        mixed = (mixed ^ mixed >>> SHIFT_2) * MIX_2;
        return mixed ^ mixed >>> SHIFT_3;
    }
}
