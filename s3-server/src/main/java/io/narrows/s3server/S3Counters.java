package io.narrows.s3server;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Requests and object bytes as the server saw them, refused ones included. Any thread may read it at any time. */
public final class S3Counters {
    private final Map<Operation, LongAdder> requests = new EnumMap<>(Operation.class);
    private final LongAdder errors = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();

    S3Counters() {
        for (Operation operation : Operation.values()) {
            requests.put(operation, new LongAdder());
        }
    }

    public long requests(Operation operation) {
        LongAdder adder = requests.get(operation);
        return adder == null ? 0 : adder.sum();
    }

    /** Requests that were answered with a status of 400 or above. */
    public long errors() {
        return errors.sum();
    }

    /** Bytes of objects received with PUT, without framing. */
    public long bytesIn() {
        return bytesIn.sum();
    }

    /** Bytes of objects sent as answers to GET. */
    public long bytesOut() {
        return bytesOut.sum();
    }

    /** All figures at about one instant. */
    public Snapshot snapshot() {
        return new Snapshot(
                requests(Operation.PUT),
                requests(Operation.GET),
                requests(Operation.HEAD),
                requests(Operation.LIST),
                requests(Operation.DELETE),
                requests(Operation.OTHER),
                errors(),
                bytesIn(),
                bytesOut());
    }

    void request(Operation operation) {
        LongAdder adder = requests.get(operation);
        if (adder != null) {
            adder.increment();
        }
    }

    void error() {
        errors.increment();
    }

    void received(long bytes) {
        bytesIn.add(bytes);
    }

    void sent(long bytes) {
        bytesOut.add(bytes);
    }

    /** Counted requests by kind, refused requests, and object bytes in both directions. */
    public record Snapshot(
            long put,
            long get,
            long head,
            long list,
            long delete,
            long other,
            long errors,
            long bytesPut,
            long bytesGot) {}
}
