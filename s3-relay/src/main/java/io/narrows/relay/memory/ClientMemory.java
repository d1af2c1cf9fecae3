package io.narrows.relay.memory;

import io.narrows.relay.Checks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory for clients' requests, or for the answers to them, shared fairly among clients. Any thread; blocks nobody but for the moment of counting.
 *
 * <p>A request is let in when its client stays within its own limits, and the memory has room: three quarters of it for
 * whoever comes first, the last quarter only for clients that hold less than their fair share (the memory divided by the
 * clients that hold or want some). So a client that fills the memory, over however many connections, waits for itself,
 * and one that asks for little is let in at once. Those that wait are let in client by client in turn; one that many have
 * overtaken is next, so that a large request comes through too.
 */
public final class ClientMemory {
    private static final int MAX_OVERTAKEN = 1_000;

    /** Waiting clients looked at for each release: the others have their turn at the next one. */
    private static final int TURNS = 16;

    private final Limits limits;
    private final long openBytes;

    // Guarded by this.
    private final Map<String, Account> accounts = new HashMap<>();
    private final ArrayDeque<Account> turns = new ArrayDeque<>();
    private long usedBytes;
    private long entered;
    private int active;
    private int waiting;

    /**
     * Bounds of the whole and of one client.
     *
     * @param clientRequests requests of a client in memory at once
     * @param clientBytes of all of them; a single request may be larger
     */
    public record Limits(long memoryBytes, int clientRequests, long clientBytes) {
        public Limits {
            Checks.argument(memoryBytes > 0 && clientRequests > 0 && clientBytes > 0, "limits of memory are positive");
        }
    }

    public ClientMemory(Limits limits) {
        this.limits = limits;
        this.openBytes = limits.memoryBytes() - limits.memoryBytes() / 4;
    }

    /** Without limits for single clients. */
    public static ClientMemory of(long memoryBytes) {
        return new ClientMemory(new Limits(memoryBytes, Integer.MAX_VALUE, Long.MAX_VALUE));
    }

    /** The account of the client with the name, for one connection, which closes it. */
    public synchronized Account open(String client) {
        Account account = accounts.computeIfAbsent(client, Account::new);
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

    /** A request that waits to be let in. */
    public final class Waiter {
        private final Account account;
        private final long bytes;
        private final Runnable onEntered;
        private final long enteredBefore;

        private Waiter(Account account, long bytes, Runnable onEntered) {
            this.account = account;
            this.bytes = bytes;
            this.onEntered = onEntered;
            this.enteredBefore = entered;
        }

        /** Waits no more; does nothing if the request was let in, which is then to be released. */
        public void cancel() {
            synchronized (ClientMemory.this) {
                if (account.queue.remove(this)) {
                    waiting--;
                    account.settle();
                }
            }
            serve();
        }
    }

    /** What one client holds, over all its connections. */
    public final class Account {
        private final String client;
        private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
        private int connections;
        private int requests;
        private long heldBytes;
        private boolean counted;
        private boolean hasTurn;

        private Account(String client) {
            this.client = client;
        }

        /** Lets a request in if that is possible now and none of the client's waits. */
        public boolean tryEnter(long bytes) {
            synchronized (ClientMemory.this) {
                if (!queue.isEmpty() || somebodyIsOverdue() || !mayEnter(this, bytes)) {
                    return false;
                }
                take(bytes);
                return true;
            }
        }

        /** Lets a request in when it is its turn; {@code onEntered} then runs, on the thread that made room. */
        public Waiter enterLater(long bytes, Runnable onEntered) {
            Waiter waiter;
            synchronized (ClientMemory.this) {
                waiter = new Waiter(this, bytes, onEntered);
                queue.add(waiter);
                waiting++;
                settle();
            }
            serve();
            return waiter;
        }

        /** A request of so many bytes has left the memory. */
        public void leave(long bytes) {
            synchronized (ClientMemory.this) {
                usedBytes -= bytes;
                heldBytes -= bytes;
                requests--;
                Checks.invariant(heldBytes >= 0 && requests >= 0, "more memory released than taken");
                settle();
            }
            serve();
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

        private void take(long bytes) {
            usedBytes += bytes;
            heldBytes += bytes;
            requests++;
            entered++;
            settle();
        }

        /** Keeps the number of active clients, the turns and the table in step with this account. */
        private void settle() {
            boolean uses = requests > 0 || !queue.isEmpty();
            if (uses != counted) {
                counted = uses;
                active += uses ? 1 : -1;
            }
            if (!queue.isEmpty() && !hasTurn) {
                hasTurn = true;
                turns.add(this);
            }
            if (!uses && connections == 0) {
                Account unused = accounts.remove(client);
            }
        }
    }

    private boolean mayEnter(Account account, long bytes) {
        boolean withinItsLimits = account.requests < limits.clientRequests()
                && (account.requests == 0 || account.heldBytes + bytes <= limits.clientBytes());
        if (!withinItsLimits) {
            return false;
        }
        long after = usedBytes + bytes;
        long share = limits.memoryBytes() / Math.max(1, account.counted ? active : active + 1);
        return usedBytes == 0
                || after <= openBytes
                || (after <= limits.memoryBytes() && account.heldBytes + bytes <= share);
    }

    /** Whether the client whose turn it is waits for memory, not for itself, and too many have overtaken it. */
    private boolean somebodyIsOverdue() {
        Account first = turns.peek();
        Waiter head = first == null ? null : first.queue.peek();
        return head != null && entered - head.enteredBefore > MAX_OVERTAKEN && isWithinItsLimits(head);
    }

    private boolean isWithinItsLimits(Waiter head) {
        Account account = head.account;
        return account.requests < limits.clientRequests()
                && (account.requests == 0 || account.heldBytes + head.bytes <= limits.clientBytes());
    }

    private void serve() {
        List<Runnable> let = new ArrayList<>();
        synchronized (this) {
            for (int looks = Math.min(TURNS, turns.size()); looks > 0; looks--) {
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

    /** Lets in the request at the head of the client whose turn it is, if it may; its turn is over either way. */
    private @Nullable Waiter nextWaiter() {
        Account account = turns.remove();
        Waiter head = account.queue.peek();
        if (head == null) {
            account.hasTurn = false;
            return null;
        }
        if (!mayEnter(account, head.bytes)) {
            if (entered - head.enteredBefore > MAX_OVERTAKEN && isWithinItsLimits(head)) {
                turns.addFirst(account);
            } else {
                turns.add(account);
            }
            return null;
        }
        Waiter unused = account.queue.remove();
        waiting--;
        account.hasTurn = false;
        account.take(head.bytes);
        return head;
    }
}
