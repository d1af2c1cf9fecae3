package io.narrows.bench.policy;

import io.narrows.bench.policy.PolicySimulation.Outcome;
import io.narrows.bench.policy.PolicySweep.Point;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints a sweep as tables for people. Stateless. */
public final class PolicyReport {
    private final PrintWriter out;

    public PolicyReport(PrintWriter out) {
        this.out = out;
    }

    public void print(PolicySweep sweep) {
        Scenario scenario = sweep.scenario();
        line(
                "%d zones, %d brokers, replication factor %d, %d zones read; batches up to %d KiB, %s arrivals;"
                        + " wal.linger.ms %d; prices %s",
                scenario.cluster().zones(),
                scenario.cluster().brokers(),
                scenario.cluster().replicationFactor(),
                scenario.cluster().readingZones(),
                scenario.load().batchBytes() >> 10,
                scenario.load().arrivals().name().toLowerCase(Locale.ROOT),
                scenario.lingerNanos() / 1_000_000,
                scenario.prices().name());
        line("");
        line("Dollars per TB produced: every hop between zones, PUTs and GETs");
        header("MB/s");
        for (Point point : sweep.points()) {
            StringBuilder costs = new StringBuilder();
            for (Choice choice : Choice.values()) {
                costs.append(cell(point.outcome(choice)));
            }
            row(
                    String.format(Locale.ROOT, "%.2f", point.bytesPerSecond() / 1e6),
                    costs,
                    point.outcome(Choice.ADAPTIVE),
                    point.outcome(Choice.HINDSIGHT));
        }
        StringBuilder costs = new StringBuilder();
        for (Choice choice : Choice.values()) {
            costs.append(cell(sweep.loadOutcome(choice)));
        }
        row(
                scenario.load().curve().name(),
                costs,
                sweep.loadOutcome(Choice.ADAPTIVE),
                sweep.loadOutcome(Choice.HINDSIGHT));
        out.flush();
    }

    private void header(String first) {
        StringBuilder titles = new StringBuilder();
        for (Choice choice : Choice.values()) {
            titles.append(String.format(Locale.ROOT, " %20s", choice.title()));
        }
        line("%8s%s %18s %14s", first, titles, "adaptive/hindsight", "held p50, p99");
    }

    private void row(String first, StringBuilder costs, Outcome adaptive, Outcome hindsight) {
        double best = hindsight.bill().dollars();
        line(
                "%8s%s %18s %8.0f, %.0f ms",
                first,
                costs,
                best == 0
                        ? "-"
                        : String.format(Locale.ROOT, "%.3f", adaptive.bill().dollars() / best),
                adaptive.heldMs(50),
                adaptive.heldMs(99));
    }

    private static String cell(Outcome outcome) {
        return String.format(Locale.ROOT, " %20.2f", outcome.bill().dollarsPerTb());
    }

    private void line(String format, Object... arguments) {
        out.println(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    }
}
