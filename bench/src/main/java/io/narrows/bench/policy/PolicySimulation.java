package io.narrows.bench.policy;

import io.narrows.relay.loop.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Runs a scenario under one choice, on a clock of its own: the same seed gives the same batches to every choice and the
 * same result every time.
 */
public final class PolicySimulation {
    private PolicySimulation() {}

    /**
     * What a run cost.
     *
     * @param heldMicros how long batches waited in their windows
     */
    public record Outcome(Bill bill, Histogram heldMicros) {
        public double heldMs(double percentile) {
            return heldMicros.getValueAtPercentile(percentile) / 1e3;
        }
    }

    public static Outcome run(Scenario scenario, Choice choice) {
        ManualLoop loop = new ManualLoop(0);
        Histogram heldMicros = new Histogram(TimeUnit.MINUTES.toMicros(1), 2);
        List<SimulatedZone> zones = new ArrayList<>();
        for (int zone = 0; zone < scenario.cluster().zones(); zone++) {
            zones.add(new SimulatedZone(scenario, choice, zone, loop, heldMicros));
        }
        zones.forEach(SimulatedZone::start);
        loop.advance(scenario.load().duration().toNanos() + TimeUnit.SECONDS.toNanos(1));
        Bill sum = new Bill(scenario.cluster(), scenario.prices());
        for (SimulatedZone zone : zones) {
            zone.drain();
            sum.add(zone.bill());
        }
        return new Outcome(sum, heldMicros);
    }
}
