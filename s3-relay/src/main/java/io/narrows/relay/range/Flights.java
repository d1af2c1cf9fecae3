package io.narrows.relay.range;

import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a range reader knows: which ranges are cached, on their way or held back for others of their object, and who
 * waits. A monitor: every method holds the lock for a short time, starts no request and completes no future; what is to
 * be done outside it is returned.
 */
final class Flights {
    private final RangeReaderLimits limits;
    private final RangeMetrics metrics;
    private final RangeCache cache;
    private final FetchQueue fetches;
    private final Map<StoredRange, Flight> flights = new HashMap<>();
    private final Map<ObjectName, List<Flight>> delayed = new HashMap<>();
    private long prefetchBytes;
    private boolean closed;

    Flights(RangeReaderLimits limits, RangeMemory memory, RangeMetrics metrics) {
        this.limits = limits;
        this.metrics = metrics;
        this.cache = new RangeCache(limits.cacheBytes(), memory, metrics);
        this.fetches = new FetchQueue(limits);
    }

    /** The futures of a read in the order of its pointers, and those of them that are not complete yet. */
    record Boarding(List<CompletableFuture<ByteBuf>> results, List<CompletableFuture<ByteBuf>> pending) {}

    /** Finds or boards every pointer. Flights that may not wait are added to {@code refused}. */
    synchronized Boarding read(List<? extends StoredRange> pointers, List<Flight> refused) {
        Boarding boarding = new Boarding(new ArrayList<>(pointers.size()), new ArrayList<>());
        Map<ObjectName, List<Flight>> toFetch = new LinkedHashMap<>();
        for (StoredRange pointer : pointers) {
            ByteBuf hit = find(pointer);
            if (hit != null) {
                boarding.results.add(CompletableFuture.completedFuture(hit));
                continue;
            }
            metrics.misses.mark();
            CompletableFuture<ByteBuf> result = new CompletableFuture<>();
            boarding.results.add(result);
            boarding.pending.add(result);
            Flight flight = flight(pointer, toFetch);
            flight.await(result);
            if (flight.waiters.size() == 1) {
                hurry(flight, toFetch);
            }
        }
        toFetch.values().forEach(group -> enqueue(group, refused));
        return boarding;
    }

    /** The range, retained for the caller, or null. */
    synchronized @Nullable ByteBuf find(StoredRange pointer) {
        ByteBuf hit = cache.find(pointer);
        if (hit != null) {
            metrics.hits.mark();
        }
        return hit;
    }

    /** Whether an offered range would be new. */
    synchronized boolean wants(StoredRange pointer) {
        return !closed && !cache.contains(pointer) && pointer.length() <= limits.cacheBytes();
    }

    /** Caches an offered range. Borrows {@code range}. */
    synchronized void keep(StoredRange pointer, RangeBuffer range) {
        if (!closed) {
            cache.add(pointer, range, false);
        }
    }

    /** Holds prefetches back for others; returns the objects for which {@link #endDelay} has to be called later. */
    synchronized List<ObjectName> delay(List<? extends StoredRange> pointers) {
        List<ObjectName> opened = new ArrayList<>();
        for (StoredRange pointer : pointers) {
            if (closed || cache.contains(pointer) || flights.containsKey(pointer) || isTooLong(pointer)) {
                continue;
            }
            if (prefetchBytes + pointer.length() > limits.cacheBytes() / 2) {
                metrics.rejected.mark();
                continue;
            }
            Flight flight = Flight.prefetch(pointer);
            flights.put(pointer, flight);
            prefetchBytes += pointer.length();
            if (!fetches.board(flight)) {
                List<Flight> held = delayed.get(pointer.object());
                if (held == null) {
                    held = new ArrayList<>();
                    delayed.put(pointer.object(), held);
                    opened.add(pointer.object());
                }
                held.add(flight);
            }
        }
        return opened;
    }

    synchronized void endDelay(ObjectName object, List<Flight> refused) {
        List<Flight> held = delayed.remove(object);
        if (held != null) {
            enqueue(held, refused);
        }
    }

    /** The next GET to start, or null. */
    synchronized @Nullable Fetch nextFetch() {
        List<Flight> abandoned = new ArrayList<>();
        Fetch next = fetches.start(abandoned);
        abandoned.forEach(this::leave);
        return next;
    }

    /** Nobody boards this GET any more; returns who did. */
    synchronized List<Flight> landed(Fetch fetch) {
        fetches.landed(fetch);
        return List.copyOf(fetch.flights);
    }

    /** Caches what arrived. Borrows {@code range}; returns who waits for it. */
    synchronized List<CompletableFuture<ByteBuf>> delivered(Flight flight, RangeBuffer range) {
        leave(flight);
        if (flight.prefetched && flight.isAwaited()) {
            metrics.prefetchUseful.mark();
        }
        if (!closed) {
            cache.add(flight.pointer, range, !flight.isAwaited());
        }
        return List.copyOf(flight.waiters);
    }

    /** Gives a flight up; returns who waits for it. */
    synchronized List<CompletableFuture<ByteBuf>> failed(Flight flight) {
        leave(flight);
        return List.copyOf(flight.waiters);
    }

    /** The memory of the GET is free again. */
    synchronized void freed(Fetch fetch) {
        fetches.freed(fetch);
    }

    /** Reads these flights of one object once more. */
    synchronized void readAgain(List<Flight> corrupt, List<Flight> refused) {
        Fetch.plan(corrupt, limits.coalescing()).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    /**
     * Reads the flights of a GET that reached beyond the object's end once more. The one that ends last is the only one
     * that must be wrong, so it goes alone and the others together; these may part again.
     */
    synchronized void part(List<Flight> spoiled, List<Flight> refused) {
        List<Flight> others = new ArrayList<>(spoiled);
        others.sort(Comparator.comparingInt(flight -> flight.pointer.end()));
        addOrRefuse(Fetch.alone(others.remove(others.size() - 1)), refused);
        Fetch.plan(others, limits.coalescing()).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    /** Forgets everything; returns the flights that will not land. */
    synchronized List<Flight> close() {
        closed = true;
        List<Flight> abandoned = List.copyOf(flights.values());
        abandoned.forEach(this::leave);
        delayed.clear();
        fetches.clear();
        cache.clear();
        return abandoned;
    }

    synchronized long inFlightBytes() {
        return fetches.inFlightBytes();
    }

    boolean isTooLong(StoredRange pointer) {
        return pointer.length() > limits.coalescing().maxRangeBytes();
    }

    /** The flight of a range that is not cached; a new one is added to {@code toFetch}. */
    private Flight flight(StoredRange pointer, Map<ObjectName, List<Flight>> toFetch) {
        Flight existing = flights.get(pointer);
        if (existing != null) {
            metrics.joined.mark();
            return existing;
        }
        Flight flight = Flight.read(pointer);
        flights.put(pointer, flight);
        toFetch.computeIfAbsent(pointer.object(), object -> new ArrayList<>()).add(flight);
        return flight;
    }

    /** Somebody waits now: what is delayed for this object goes along, and a waiting prefetch becomes a read. */
    private void hurry(Flight flight, Map<ObjectName, List<Flight>> toFetch) {
        ObjectName object = flight.pointer.object();
        List<Flight> held = delayed.remove(object);
        if (held != null) {
            toFetch.computeIfAbsent(object, key -> new ArrayList<>()).addAll(held);
        }
        fetches.hurry(flight);
    }

    private void enqueue(List<Flight> group, List<Flight> refused) {
        Coalescing coalescing = limits.coalescing();
        List<Flight> ashore = new ArrayList<>(group.size());
        for (Flight flight : group) {
            if (closed || isTooLong(flight.pointer)) {
                refuse(flight, refused);
            } else if (fetches.board(flight)) {
                metrics.joined.mark();
            } else {
                ashore.add(flight);
            }
        }
        Fetch.plan(ashore, coalescing).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    private void addOrRefuse(Fetch fetch, List<Flight> refused) {
        if (!closed && fetches.isFull()) {
            List<Flight> abandoned = new ArrayList<>();
            fetches.dropAbandoned(abandoned);
            abandoned.forEach(this::leave);
        }
        if (closed || !fetches.add(fetch)) {
            metrics.rejected.mark(fetch.flights.size());
            fetch.flights.forEach(flight -> refuse(flight, refused));
        }
    }

    private void refuse(Flight flight, List<Flight> refused) {
        leave(flight);
        refused.add(flight);
    }

    private void leave(Flight flight) {
        if (flights.remove(flight.pointer, flight) && flight.prefetched) {
            prefetchBytes -= flight.pointer.length();
        }
    }
}
