package io.narrows.router.produce;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The way of one client connection into the lanes. Calls come from one thread at a time (the session's event loop), and
 * their order is the order of the lanes. Futures complete on the router's loop, possibly not in the order of the calls.
 */
public interface ProduceConnection {
    /** One outcome per batch, in order; never fails. Consumes the batches' buffers. */
    CompletableFuture<List<BatchOutcome>> produce(ProduceCall call);

    /** The client is gone: what it sent is still processed, and lanes that no other connection uses are forgotten. */
    void close();
}
