package io.narrows.router.policy;

import io.netty.util.collection.IntObjectHashMap;
import java.util.HashMap;
import java.util.Map;

/**
 * What a flush window holds, in the terms of its cost: filled by {@link PathPolicy}, one per window. Owned by the router's
 * loop.
 */
public final class WindowContents {
    private final IntObjectHashMap<Boolean> remoteLeaders = new IntObjectHashMap<>();
    private final Map<String, Integer> entriesByLeaderZone = new HashMap<>();
    private int entries;
    private double savedDollars;
    private double aloneDollars;
    private long openedAt;

    /**
     * @param saved dollars that staging the entry saves before any request is paid
     * @param alone dollars that the entry would cost in a window of its own, beside free staging
     */
    void add(String leaderZone, double saved, double alone, long now) {
        if (entries == 0) {
            openedAt = now;
        }
        entries++;
        entriesByLeaderZone.merge(leaderZone, 1, Integer::sum);
        savedDollars += saved;
        aloneDollars += alone;
    }

    void addRemoteLeader(int leaderId) {
        remoteLeaders.put(leaderId, Boolean.TRUE);
    }

    /** Leaders in other zones that would have to fetch. */
    int remoteLeaders() {
        return remoteLeaders.size();
    }

    /** Whether nothing in it would be staged. */
    boolean isEmpty() {
        return entries == 0;
    }

    int entriesNotLedIn(String zone) {
        return entries - entriesByLeaderZone.getOrDefault(zone, 0);
    }

    double savedDollars() {
        return savedDollars;
    }

    double aloneDollars() {
        return aloneDollars;
    }

    long openedAt() {
        return openedAt;
    }
}
