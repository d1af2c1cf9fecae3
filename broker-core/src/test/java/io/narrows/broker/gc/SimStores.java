package io.narrows.broker.gc;

import io.narrows.broker.gc.SimCluster.Sabotage;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.ForwardingObjectStore;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.store.PutCondition;
import io.netty.buffer.ByteBuf;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The ways of the processes to the object store: some are cut for a while, and sabotage takes rules of the store out. */
final class SimStores implements SimProcess.Stores {
    private static final long FAR_AHEAD_MS = 1L << 50;
    private static final String ROUNDS = "gc/rounds/";

    private final ObjectStore store;
    private final Sabotage sabotage;
    private final Set<Integer> cut = new HashSet<>();

    SimStores(ObjectStore store, Sabotage sabotage) {
        this.store = store;
        this.sabotage = sabotage;
    }

    void cut(int broker) {
        cut.add(broker);
    }

    void heal(int broker) {
        cut.remove(broker);
    }

    void healAll() {
        cut.clear();
    }

    @Override
    public ObjectStore ofParticipant(int broker, SimLoop loop) {
        return sabotage == Sabotage.IGNORE_SUSPENSIONS
                ? new Way(broker, () -> FAR_AHEAD_MS + TimeUnit.NANOSECONDS.toMillis(((Loop) loop).nanoTime()))
                : new Way(broker, null);
    }

    @Override
    public ObjectStore ofCollector(int broker) {
        if (sabotage == Sabotage.LOWER_FLOORS) {
            return new OldRounds(broker);
        }
        return new Way(broker, sabotage == Sabotage.TRUST_THE_COLLECTORS_CLOCK ? () -> 1 : null);
    }

    /** One broker's way to the store. */
    private class Way extends ForwardingObjectStore {
        private final int broker;
        /** Instead of the store's clock, for rounds and answers. */
        private final @Nullable LongSupplier clockMs;

        Way(int broker, @Nullable LongSupplier clockMs) {
            super(store);
            this.broker = broker;
            this.clockMs = clockMs;
        }

        private boolean isCut() {
            return cut.contains(broker);
        }

        private static <T> CompletableFuture<T> failed() {
            return CompletableFuture.failedFuture(new ObjectStoreException(Kind.UNAVAILABLE, "cut", null));
        }

        @Override
        public CompletableFuture<Void> put(String key, ByteBuf body) {
            if (isCut()) {
                body.release();
                return failed();
            }
            return super.put(key, body);
        }

        @Override
        public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
            if (isCut()) {
                body.release();
                return failed();
            }
            if (sabotage == Sabotage.CLAIM_WITHOUT_CONDITION && key.equals("gc/cluster")) {
                return super.put(key, body).thenApply(done -> "");
            }
            return super.putIf(key, body, condition);
        }

        @Override
        public CompletableFuture<ByteBuf> get(String key, long position, int length) {
            return isCut() ? failed() : super.get(key, position, length);
        }

        @Override
        public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
            if (isCut()) {
                return failed();
            }
            CompletableFuture<Listing> page = super.list(prefix, startAfter, maxKeys);
            return clockMs == null || !prefix.startsWith("gc/")
                    ? page
                    : page.thenApply(listing -> new Listing(
                            listing.objects().stream().map(this::retimed).toList(), listing.truncated()));
        }

        private ObjectInfo retimed(ObjectInfo object) {
            long timeMs = clockMs == null ? object.modifiedMs() : clockMs.getAsLong();
            return new ObjectInfo(object.key(), object.sizeBytes(), timeMs, object.etag());
        }
    }

    /** Lets a round that is about to be replaced look so old that its floors are forgotten. */
    private final class OldRounds extends Way {
        private boolean written;

        OldRounds(int broker) {
            super(broker, null);
        }

        @Override
        public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
            written |= key.startsWith(ROUNDS);
            return super.putIf(key, body, condition);
        }

        @Override
        public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
            CompletableFuture<Listing> page = super.list(prefix, startAfter, maxKeys);
            if (!prefix.startsWith(ROUNDS) || written) {
                written &= !prefix.startsWith(ROUNDS);
                return page;
            }
            return page.thenApply(listing -> new Listing(
                    listing.objects().stream()
                            .map(info -> new ObjectInfo(info.key(), info.sizeBytes(), FAR_AHEAD_MS, info.etag()))
                            .toList(),
                    listing.truncated()));
        }
    }
}
