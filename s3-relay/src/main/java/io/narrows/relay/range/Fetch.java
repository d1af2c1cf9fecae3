package io.narrows.relay.range;

import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One GET, waiting or under way, with the flights whose ranges it covers. Until it lands more flights may board; while
 * it waits it may also grow. Guarded by {@link Flights}.
 */
final class Fetch {
    final ObjectName object;
    final List<Flight> flights = new ArrayList<>();
    int from;
    int to;
    boolean started;
    /** Which queue and which share of the GETs it counts for. */
    boolean prefetch;
    /** Suspected to reach beyond the object's end, so nothing beside it may join. */
    private boolean alone;

    Fetch(Flight first) {
        object = first.pointer.object();
        from = first.pointer.position();
        to = first.pointer.end();
        prefetch = !first.isAwaited();
        flights.add(first);
    }

    /** A GET for this flight and nothing beside it. */
    static Fetch alone(Flight flight) {
        Fetch fetch = new Fetch(flight);
        fetch.alone = true;
        return fetch;
    }

    int length() {
        return to - from;
    }

    /** Takes the flight along when its range is covered or, before the start, close by. */
    boolean board(Flight flight, Coalescing coalescing) {
        StoredRange pointer = flight.pointer;
        boolean covered = pointer.position() >= from && pointer.end() <= to;
        if (!covered && (started || alone || !mayGrow(pointer, coalescing))) {
            return false;
        }
        from = Math.min(from, pointer.position());
        to = Math.max(to, pointer.end());
        flights.add(flight);
        return true;
    }

    boolean isAbandoned() {
        return flights.stream().allMatch(Flight::isAbandoned);
    }

    /** Before the start: reads less, without the flights that everybody has given up. One at least must be wanted. */
    void dropAbandoned(List<Flight> abandoned) {
        for (Flight flight : flights) {
            if (flight.isAbandoned()) {
                boolean unused = abandoned.add(flight);
            }
        }
        if (!flights.removeIf(Flight::isAbandoned)) {
            return;
        }
        from = Integer.MAX_VALUE;
        to = 0;
        for (Flight flight : flights) {
            from = Math.min(from, flight.pointer.position());
            to = Math.max(to, flight.pointer.end());
        }
    }

    private boolean mayGrow(StoredRange pointer, Coalescing coalescing) {
        long gap = Math.max((long) pointer.position() - to, (long) from - pointer.end());
        long length = (long) Math.max(to, pointer.end()) - Math.min(from, pointer.position());
        return gap <= coalescing.maxGapBytes() && length <= coalescing.maxGetBytes();
    }

    /** The fewest GETs for flights of one object, in the order of their positions. */
    static List<Fetch> plan(List<Flight> flights, Coalescing coalescing) {
        List<Flight> sorted = new ArrayList<>(flights);
        sorted.sort(Comparator.comparingInt(flight -> flight.pointer.position()));
        List<Fetch> fetches = new ArrayList<>();
        for (Flight flight : sorted) {
            Fetch last = fetches.isEmpty() ? null : fetches.get(fetches.size() - 1);
            if (last == null || !last.board(flight, coalescing)) {
                fetches.add(new Fetch(flight));
            } else {
                last.prefetch &= !flight.isAwaited();
            }
        }
        return fetches;
    }
}
