/**
 * Deterministic simulation of the produce path: the real router on a {@link io.narrows.relay.loop.ManualLoop}, between
 * simulated clients, object store, network and leaders.
 *
 * <h2>Fault model</h2>
 *
 * <ul>
 *   <li>Object store: PUTs take any time and end in any order; they fail, fail although the object is durable, or hang
 *       for longer than any deadline; whole outages. GETs at leaders fail. The writer is at its ceiling for a while.
 *   <li>Network: connections are refused, or take long; they are lost in both directions with any number of frames under
 *       way, and the leader may read what it had received long after the proxy has given the connection up. Frames that
 *       cannot be encoded. Leaders grant batches that go in parts late, or never.
 *   <li>Leaders: leadership moves, and old and new leader learn it at different times; a leader is cut off and goes on as
 *       a zombie; brokers are killed and come back empty of lanes; what was appended and not replicated is lost or kept.
 *       Answers are KAFKA_STORAGE_ERROR, BUSY, or come after the request's time limit.
 *   <li>Metadata: refreshes take time, fail, or tell an old state; a partition has no leader for a while.
 *   <li>Clients: idempotent and plain, deep pipelines, short and long time limits, connections that
 *       close; each with a connection to up to three nodes, which partitions change with their leader while batches are
 *       in flight; of idempotent ones, a later batch on one connection arrives before an earlier one on another.
 * </ul>
 *
 * Not modelled: corruption of frames or bytes (the codecs' business), unclean leader election, and Kafka's own bugs.
 */
package io.narrows.router.sim;
