package io.narrows.proxy.server;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Counts connections, in total and by client address, against their bounds. Any thread. */
final class ConnectionLimits {
    private final int maxTotal;
    private final int maxPerIp;
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private int total;

    ConnectionLimits(int maxTotal, int maxPerIp) {
        this.maxTotal = maxTotal;
        this.maxPerIp = maxPerIp;
    }

    /** False when a bound is reached; otherwise the caller gives the place back with {@link #leave}. */
    synchronized boolean tryEnter(InetAddress address) {
        int here = byAddress.getOrDefault(address, 0);
        if (total >= maxTotal || here >= maxPerIp) {
            return false;
        }
        total++;
        byAddress.put(address, here + 1);
        return true;
    }

    synchronized void leave(InetAddress address) {
        total--;
        if (byAddress.merge(address, -1, Integer::sum) == 0) {
            byAddress.remove(address);
        }
    }

    synchronized int total() {
        return total;
    }
}
