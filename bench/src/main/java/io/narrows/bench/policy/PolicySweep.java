package io.narrows.bench.policy;

import io.narrows.bench.policy.PolicySimulation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What each choice costs over a row of constant rates, and over the scenario's own load. Immutable.
 *
 * @param load by choice, over the scenario's load
 */
public record PolicySweep(Scenario scenario, List<Point> points, Map<Choice, Outcome> load) {
    /** Bytes per second of all producers together, from a trickle to 100 MB/s. */
    public static final List<Double> RATES = List.of(
            0.01e6, 0.03e6, 0.1e6, 0.3e6, 0.5e6, 1e6, 1.5e6, 2e6, 2.5e6, 3e6, 4e6, 5e6, 7e6, 10e6, 20e6, 50e6, 100e6);

    private static final double BYTES_PER_RUN = 600e6;
    private static final double MIN_SECONDS = 20;
    private static final double MAX_SECONDS = 600;

    public PolicySweep {
        points = List.copyOf(points);
        load = Map.copyOf(load);
    }

    /** A constant rate in bytes per second over all zones. */
    public record Point(double bytesPerSecond, Map<Choice, Outcome> outcomes) {
        public Point {
            outcomes = Map.copyOf(outcomes);
        }

        public double dollarsPerTb(Choice choice) {
            return outcome(choice).bill().dollarsPerTb();
        }

        public Outcome outcome(Choice choice) {
            return PolicySweep.outcome(outcomes, choice);
        }
    }

    public static PolicySweep run(Scenario scenario) {
        List<Point> points = new ArrayList<>();
        for (double rate : RATES) {
            double seconds = Math.max(MIN_SECONDS, Math.min(MAX_SECONDS, BYTES_PER_RUN / rate));
            points.add(new Point(rate, all(scenario.atRate(rate, Duration.ofMillis((long) (seconds * 1000))))));
        }
        return new PolicySweep(scenario, points, all(scenario));
    }

    private static Map<Choice, Outcome> all(Scenario scenario) {
        Map<Choice, Outcome> outcomes = new EnumMap<>(Choice.class);
        for (Choice choice : Choice.values()) {
            outcomes.put(choice, PolicySimulation.run(scenario, choice));
        }
        return outcomes;
    }

    public Outcome loadOutcome(Choice choice) {
        return outcome(load, choice);
    }

    private static Outcome outcome(Map<Choice, Outcome> outcomes, Choice choice) {
        Outcome outcome = outcomes.get(choice);
        if (outcome == null) {
            throw new IllegalArgumentException("no outcome of " + choice.title());
        }
        return outcome;
    }
}
