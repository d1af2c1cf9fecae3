package io.narrows.router.produce;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.rpc.RelayConnector;
import io.narrows.relay.wal.WalWriter;
import io.narrows.router.topology.Topology;
import java.util.random.RandomGenerator;

/**
 * What the produce path works with; the caller owns and closes all of it, after the router.
 *
 * @param loop the owner thread of all lanes; {@code topology} and {@code relay} must call back on it
 * @param budget charged with the bytes of batches from {@link ProduceConnection#produce} until their answer
 * @param random for the jitter of backoffs
 */
public record RouterDependencies(
        Loop loop,
        Topology topology,
        WalWriter writer,
        RelayConnector relay,
        MemoryBudget budget,
        MetricRegistry metrics,
        RandomGenerator random) {}
