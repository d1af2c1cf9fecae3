package io.narrows.router.produce;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which ids the names of topics had and have: a topic that is deleted and made again has its name with another id, and
 * batches of clients that name no id are for that one. Owned by the router's loop.
 */
final class TopicIds {
    /** By name, the id that batches last came for. */
    private final Map<String, UUID> latest = new HashMap<>();

    /** By old id, the new one; first those since the last sweep, then those before it. */
    private Map<UUID, UUID> replaced = new HashMap<>();

    private Map<UUID, UUID> replacedBefore = new HashMap<>();

    /** Batches come for the topic. The id that its name had before, if it was another one. */
    @Nullable
    UUID replacedBy(String name, UUID id) {
        UUID before = latest.put(name, id);
        if (before == null || before.equals(id)) {
            return null;
        }
        // Metadata of a broker that is behind can show the old topic once more.
        replaced.remove(id);
        replacedBefore.remove(id);
        replaced.put(before, id);
        return before;
    }

    /** The id that the name of the topic has now: sessions may have looked it up before it changed. */
    UUID now(UUID id) {
        UUID current = id;
        if (!replaced.isEmpty() || !replacedBefore.isEmpty()) {
            for (UUID next = next(current); next != null; next = next(current)) {
                current = next;
            }
        }
        return current;
    }

    private @Nullable UUID next(UUID id) {
        UUID next = replaced.get(id);
        return next == null ? replacedBefore.get(id) : next;
    }

    /** To be called once in a while, with the topics that are known and those that have lanes. */
    void forgetAllBut(Set<UUID> ids) {
        latest.values().retainAll(ids);
        replacedBefore = replaced;
        replaced = new HashMap<>();
    }
}
