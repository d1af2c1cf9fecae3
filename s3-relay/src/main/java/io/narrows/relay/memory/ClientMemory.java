package io.narrows.relay.memory;

import io.narrows.relay.Checks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory for clients' requests, or for the answers to them, shared fairly among clients. Any thread; blocks only for the moment of counting.
 *
 * <p>A request is let in when its client and its host stay within their limits, and the memory has room: three quarters of
 * it for the first to ask, the last quarter only for clients and hosts that hold less than their fair share (the memory
 * divided by the clients, or hosts, that hold or want some). So a client that fills the memory, over however many
 * connections, waits for itself, and one that asks for little is let in immediately. Those that wait are let in client by
 * client in turn; one that many have overtaken is next, so that a large request comes through too.
 *
 * <p>A request whose bytes are still coming is an {@link Arrival}: it pays for what has come, and grows. The oldest of
 * them may always go on to its end; {@link ConnectionArrivals} says why that is enough for all of them.
 */
public final class ClientMemory {
    private static final int MAX_OVERTAKEN = 1_000;

    /** Waiting clients looked at for each release: the others have their turn at the next one. */
    private static final int TURNS = 16;

    private final Limits limits;
    private final long openBytes;

    // Guarded by this.
    private final Map<String, ClientQuota> accounts = new HashMap<>();
    private final Map<String, Host> hosts = new HashMap<>();
    private final ArrayDeque<ClientQuota> turns = new ArrayDeque<>();
    private final ConnectionArrivals arrivals;
    private final ArrayDeque<Waiter> growing = new ArrayDeque<>();
    private long usedBytes;
    private long entered;
    private int active;
    private int activeHosts;
    private int waiting;

    /**
     * Bounds of the whole, of one client and of one host.
     *
     * @param clientRequests concurrent requests of a client in memory
     * @param clientBytes of all of them; a single request may be larger
     * @param hostBytes of all requests of all clients of a host; a single request may be larger
     */
    public record Limits(long memoryBytes, int clientRequests, long clientBytes, long hostBytes) {
        public Limits {
            Checks.argument(
                    memoryBytes > 0 && clientRequests > 0 && clientBytes > 0 && hostBytes > 0,
                    "limits of memory must be > 0");
        }

        /** Without a limit for hosts. */
        public Limits(long memoryBytes, int clientRequests, long clientBytes) {
            this(memoryBytes, clientRequests, clientBytes, Long.MAX_VALUE);
        }
    }

    public ClientMemory(Limits limits) {
        this.limits = limits;
        this.arrivals = new ConnectionArrivals(limits.memoryBytes());
        this.openBytes = limits.memoryBytes() - limits.memoryBytes() / 4;
    }

    /** Without limits for single clients. */
    public static ClientMemory of(long memoryBytes) {
        return new ClientMemory(new Limits(memoryBytes, Integer.MAX_VALUE, Long.MAX_VALUE));
    }

    /** The account of the client with the name, which shares its host with no other, for one connection, which closes it. */
    public ClientQuota open(String client) {
        return open(client, client);
    }

    /** The account of the client with the name, which is of the host, for one connection, which closes it. */
    public synchronized ClientQuota open(String host, String client) {
        ClientQuota account =
                accounts.computeIfAbsent(client, name -> new ClientQuota(name, hosts.computeIfAbsent(host, Host::new)));
        account.connections++;
        return account;
    }

    public synchronized long usedBytes() {
        return usedBytes;
    }

    public long limitBytes() {
        return limits.memoryBytes();
    }

    /** Requests that wait. */
    public synchronized int waiting() {
        return waiting;
    }

    /** Clients that hold memory or wait for some. */
    public synchronized int activeClients() {
        return active;
    }

    /** A request that waits to be let in, or to grow. */
    public final class Waiter {
        private final ClientQuota account;
        private final @Nullable Arrival arrival;
        private final long bytes;
        private final Runnable onEntered;
        private final long enteredBefore;

        private Waiter(ClientQuota account, @Nullable Arrival arrival, long bytes, Runnable onEntered) {
            this.account = account;
            this.arrival = arrival;
            this.bytes = bytes;
            this.onEntered = onEntered;
            this.enteredBefore = entered;
        }

        private boolean mayEnter() {
            return ClientMemory.this.mayEnter(account, bytes, arrival);
        }

        private void take() {
            over();
            if (arrival != null) {
                arrival.grow(bytes);
            } else {
                account.enter(bytes);
                account.arrived(bytes);
            }
        }

        private void over() {
            waiting--;
            if (arrival != null) {
                arrival.waiter = null;
            }
        }

        private boolean isOverdue() {
            return entered - enteredBefore > MAX_OVERTAKEN && isWithinLimits(account, bytes, arrival);
        }

        /** Waits no more; does nothing if the request was let in, which is then to be released. */
        public void cancel() {
            synchronized (ClientMemory.this) {
                if (account.queue.remove(this) || growing.remove(this)) {
                    over();
                    account.settle();
                }
            }
            serve();
        }
    }

    /** Where clients come from: what they hold together. */
    private static final class Host {
        private final String name;
        private int accounts;
        private int activeAccounts;
        private long heldBytes;
        private long arrivedBytes;

        private Host(String name) {
            this.name = name;
        }
    }

    /** What one client holds, over all its connections. */
    public final class ClientQuota implements Payer {
        private final String client;
        private final Host host;
        private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
        private int connections;
        private int requests;
        private long heldBytes;

        /** Of requests that are complete: these leave the memory without anything more from the client. */
        private long arrivedBytes;

        private boolean counted;
        private boolean hasTurn;

        private ClientQuota(String client, Host host) {
            this.client = client;
            this.host = host;
            host.accounts++;
        }

        /** Lets a request in, all of which is there, if that is possible now and none of the client's waits. */
        public boolean tryEnter(long bytes) {
            synchronized (ClientMemory.this) {
                if (!queue.isEmpty() || hasOverdueWaiter() || !mayEnter(this, bytes, null)) {
                    return false;
                }
                enter(bytes);
                arrived(bytes);
                return true;
            }
        }

        /** Lets a request in when it is its turn; {@code onEntered} then runs, on the thread that made room. */
        @Override
        public Waiter enterLater(long bytes, Runnable onEntered) {
            return await(new Waiter(this, null, bytes, onEntered), queue);
        }

        /** A request of so many bytes has begun to come. The caller ends it with {@link Arrival#end} or completes it. */
        public Arrival arrive(long totalBytes) {
            return new Arrival(this, totalBytes);
        }

        /** A complete request of so many bytes has left the memory. */
        @Override
        public void leave(long bytes) {
            synchronized (ClientMemory.this) {
                arrived(-bytes);
                requests--;
                add(-bytes);
            }
            serve();
        }

        /**
         * Takes more for a complete request than its bytes, for what was made of them. It leaves with the request's bytes.
         * Refused only when it is more than {@code always} and does not fit into the memory.
         */
        public boolean tryWeigh(long bytes, long always) {
            synchronized (ClientMemory.this) {
                if (bytes > always && usedBytes + bytes > limits.memoryBytes()) {
                    return false;
                }
                arrived(bytes);
                add(bytes);
                return true;
            }
        }

        /** What a request may have if one of each connection of the client is to fit into what the client may hold now. */
        public long bytesPerConnection() {
            synchronized (ClientMemory.this) {
                long share = limits.memoryBytes() / Math.max(1, counted ? active : active + 1);
                return Math.min(limits.clientBytes(), share) / Math.max(1, connections);
            }
        }

        public void close() {
            synchronized (ClientMemory.this) {
                connections--;
                settle();
            }
        }

        private void enter(long bytes) {
            requests++;
            entered++;
            add(bytes);
        }

        private void add(long bytes) {
            usedBytes += bytes;
            heldBytes += bytes;
            host.heldBytes += bytes;
            Checks.invariant(heldBytes >= 0 && requests >= 0, "more memory released than taken");
            settle();
        }

        private void arrived(long bytes) {
            arrivedBytes += bytes;
            host.arrivedBytes += bytes;
        }

        /** Keeps the number of active clients, the turns and the tables in step with this account. */
        private void settle() {
            boolean uses = requests > 0 || !queue.isEmpty();
            if (uses != counted) {
                counted = uses;
                active += uses ? 1 : -1;
                host.activeAccounts += uses ? 1 : -1;
                activeHosts += uses && host.activeAccounts == 1 ? 1 : !uses && host.activeAccounts == 0 ? -1 : 0;
            }
            if (!queue.isEmpty() && !hasTurn) {
                hasTurn = true;
                turns.add(this);
            }
            if (!uses && connections == 0 && accounts.remove(client, this) && --host.accounts == 0) {
                Host unused = hosts.remove(host.name);
            }
        }
    }

    /** A request whose bytes are coming: it holds memory for those that are there. Owned by one thread. */
    public final class Arrival implements Payer {
        private final ClientQuota account;
        private final long totalBytes;
        private long heldBytes;
        private boolean over;
        private @Nullable Waiter waiter;

        private Arrival(ClientQuota account, long totalBytes) {
            this.account = account;
            this.totalBytes = totalBytes;
        }

        /** Whose it is. */
        public ClientQuota account() {
            return account;
        }

        long totalBytes() {
            return totalBytes;
        }

        long heldBytes() {
            return heldBytes;
        }

        private boolean hasEntered() {
            return heldBytes > 0;
        }

        /** Takes so many bytes more if that is possible now. */
        public boolean tryGrow(long bytes) {
            synchronized (ClientMemory.this) {
                boolean waits = hasEntered()
                        ? !arrivals.isOldest(this) && oldestIsOverdue()
                        : !account.queue.isEmpty() || hasOverdueWaiter();
                if (waits || !mayEnter(account, bytes, this)) {
                    return false;
                }
                grow(bytes);
                return true;
            }
        }

        /** Takes so many bytes more as soon as it may; {@code onEntered} then runs, on the thread that made room. */
        @Override
        public Waiter enterLater(long bytes, Runnable onEntered) {
            return await(new Waiter(account, this, bytes, onEntered), hasEntered() ? growing : account.queue);
        }

        private void grow(long bytes) {
            if (hasEntered()) {
                account.add(bytes);
            } else {
                account.enter(bytes);
                arrivals.add(this);
            }
            heldBytes += bytes;
            arrivals.grown(bytes);
            Checks.invariant(heldBytes <= totalBytes, "a request took more than it announced");
        }

        /** All bytes are there: from now on it is a request like any other, whose bytes leave with {@link ClientQuota#leave}. */
        public void complete() {
            synchronized (ClientMemory.this) {
                Checks.invariant(heldBytes == totalBytes, "a request is complete without all its bytes");
                over = true;
                arrivals.remove(this);
                account.arrived(totalBytes);
            }
            serve();
        }

        /** Gives back some of the bytes, unless all were given back already. */
        @Override
        public void leave(long bytes) {
            synchronized (ClientMemory.this) {
                giveBack(bytes);
            }
            serve();
        }

        /** The rest does not come any more: gives everything back. The caller has cancelled what waits. */
        public void end() {
            synchronized (ClientMemory.this) {
                giveBack(heldBytes);
                over = true;
            }
            serve();
        }

        private void giveBack(long bytes) {
            if (over || bytes == 0) {
                return;
            }
            arrivals.grown(-bytes);
            heldBytes -= bytes;
            if (heldBytes == 0) {
                arrivals.remove(this);
                account.requests--;
            }
            account.add(-bytes);
        }
    }

    private Waiter await(Waiter waiter, ArrayDeque<Waiter> line) {
        synchronized (this) {
            line.add(waiter);
            waiting++;
            if (waiter.arrival != null) {
                waiter.arrival.waiter = waiter;
            }
            waiter.account.settle();
        }
        serve();
        return waiter;
    }

    private boolean mayEnter(ClientQuota account, long bytes, @Nullable Arrival arrival) {
        if (!isWithinLimits(account, bytes, arrival)) {
            return false;
        }
        long after = usedBytes + bytes;
        if (arrival != null && arrivals.isOldest(arrival)) {
            return after <= limits.memoryBytes() || usedBytes == arrival.heldBytes;
        }
        if (arrival != null && !arrivals.leaveRoom(arrival, bytes)) {
            return false;
        }
        return usedBytes == 0
                || after <= openBytes
                || (after <= limits.memoryBytes() && isWithinShares(account, bytes));
    }

    private boolean isWithinShares(ClientQuota account, long bytes) {
        long ofClient = limits.memoryBytes() / Math.max(1, account.counted ? active : active + 1);
        boolean hostIsCounted = account.host.activeAccounts > 0;
        long ofHost = limits.memoryBytes() / Math.max(1, hostIsCounted ? activeHosts : activeHosts + 1);
        return account.heldBytes + bytes <= ofClient && account.host.heldBytes + bytes <= ofHost;
    }

    /** Those of the client and its host. A request that has nothing beside it may be larger. */
    private boolean isWithinLimits(ClientQuota account, long bytes, @Nullable Arrival arrival) {
        boolean enters = arrival == null || !arrival.hasEntered();
        if (enters && account.requests >= limits.clientRequests()) {
            return false;
        }
        // The oldest waits for nothing but requests that are complete: all others may wait for it.
        boolean oldest = arrival != null && arrivals.isOldest(arrival);
        long own = arrival == null ? 0 : arrival.heldBytes;
        long besideInAccount = oldest ? account.arrivedBytes : account.heldBytes - own;
        long besideOnHost = oldest ? account.host.arrivedBytes : account.host.heldBytes - own;
        return (besideInAccount == 0 || account.heldBytes + bytes <= limits.clientBytes())
                && (besideOnHost == 0 || account.host.heldBytes + bytes <= limits.hostBytes());
    }

    /** Whether the client whose turn it is waits for memory, not for itself, and too many have overtaken it. */
    private boolean hasOverdueWaiter() {
        ClientQuota first = turns.peek();
        Waiter head = first == null ? null : first.queue.peek();
        return (head != null && head.isOverdue()) || oldestIsOverdue();
    }

    private boolean oldestIsOverdue() {
        Waiter oldest = waiterOfOldest();
        return oldest != null && oldest.isOverdue();
    }

    private @Nullable Waiter waiterOfOldest() {
        Arrival oldest = arrivals.oldest();
        return oldest == null ? null : oldest.waiter;
    }

    private void serve() {
        List<Runnable> let = new ArrayList<>();
        synchronized (this) {
            letGrow(let);
            for (int looks = oldestIsOverdue() ? 0 : Math.min(TURNS, turns.size()); looks > 0; looks--) {
                Waiter next = nextWaiter();
                if (next == null) {
                    continue;
                }
                let.add(next.onEntered);
                looks = Math.min(TURNS, turns.size()) + 1;
            }
        }
        let.forEach(Runnable::run);
    }

    /** The oldest first: all others may wait for it. */
    private void letGrow(List<Runnable> let) {
        Waiter oldest = waiterOfOldest();
        if (oldest != null && oldest.mayEnter() && growing.remove(oldest)) {
            oldest.take();
            let.add(oldest.onEntered);
        }
        for (int looks = oldestIsOverdue() ? 0 : Math.min(TURNS, growing.size()); looks > 0; looks--) {
            Waiter next = growing.remove();
            if (next.mayEnter()) {
                next.take();
                let.add(next.onEntered);
                looks = Math.min(TURNS, growing.size()) + 1;
            } else {
                growing.add(next);
            }
        }
    }

    /** Lets in the request at the head of the client whose turn it is, if it may; its turn is over either way. */
    private @Nullable Waiter nextWaiter() {
        ClientQuota account = turns.remove();
        Waiter head = account.queue.peek();
        if (head == null) {
            account.hasTurn = false;
            return null;
        }
        if (!head.mayEnter()) {
            if (head.isOverdue()) {
                turns.addFirst(account);
            } else {
                turns.add(account);
            }
            return null;
        }
        Waiter unused = account.queue.remove();
        account.hasTurn = false;
        head.take();
        return head;
    }
}
