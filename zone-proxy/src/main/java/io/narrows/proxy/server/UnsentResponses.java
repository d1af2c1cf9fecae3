package io.narrows.proxy.server;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the bytes of responses, without records, that all clients of a server have not taken. Beyond the bound the
 * connection that has taken none for longest ends, so clients that do not read cost no others. Any thread.
 */
final class UnsentResponses {
    private final long maxBytes;

    // Guarded by this.
    private final Set<Holder> holders = new LinkedHashSet<>();
    private long heldBytes;

    /** What one connection has not sent. Guarded by its owner. */
    static final class Holder {
        private final Runnable disconnect;
        private long bytes;
        private boolean closed;

        private Holder(Runnable disconnect) {
            this.disconnect = disconnect;
        }
    }

    UnsentResponses(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** For one connection, which closes it; {@code disconnect} runs at most once, on any thread. */
    Holder open(Runnable disconnect) {
        return new Holder(disconnect);
    }

    /** A response is made. A single one may be larger than the bound. */
    void add(Holder holder, long bytes) {
        List<Holder> evicted = new ArrayList<>();
        synchronized (this) {
            if (holder.closed || bytes == 0) {
                return;
            }
            holder.bytes += bytes;
            heldBytes += bytes;
            boolean unused = holders.add(holder);
            while (heldBytes > maxBytes && holders.size() > 1) {
                Holder longest = holders.iterator().next();
                remove(longest);
                evicted.add(longest);
            }
        }
        evicted.forEach(longest -> longest.disconnect.run());
    }

    /** A response was taken: the connection is the last one to end. */
    synchronized void sent(Holder holder, long bytes) {
        if (holder.closed || bytes == 0) {
            return;
        }
        holder.bytes -= bytes;
        heldBytes -= bytes;
        boolean unused = holders.remove(holder);
        if (holder.bytes > 0) {
            boolean unusedToo = holders.add(holder);
        }
    }

    /** The connection has ended, with all that it holds. */
    synchronized void close(Holder holder) {
        if (!holder.closed) {
            remove(holder);
        }
    }

    private void remove(Holder holder) {
        holder.closed = true;
        boolean unused = holders.remove(holder);
        heldBytes -= holder.bytes;
    }

    synchronized long heldBytes() {
        return heldBytes;
    }
}
