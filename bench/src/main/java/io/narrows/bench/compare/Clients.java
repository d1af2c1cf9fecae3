package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import io.narrows.bench.cluster.JavaCommand;
import io.narrows.bench.cluster.JsonLineProcess;
import io.narrows.bench.compare.Measured.Produced;
import io.narrows.bench.zones.ZoneNetwork;
import io.narrows.cli.verify.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** The clients of all zones, a process in each. Used by one thread; owns the processes. */
final class Clients implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(200);
    private static final Duration READ = Duration.ofMinutes(4);
    private static final long MAX_MICROS = Duration.ofMinutes(10).toNanos() / 1_000;

    private final List<JsonLineProcess> workers = new ArrayList<>();
    private final List<Path> sentFiles = new ArrayList<>();

    private Clients() {}

    static Clients start(ZonedCluster cluster, ZoneNetwork network, Path directory, List<String> jvm)
            throws IOException {
        Clients clients = new Clients();
        List<String> zones = network.zones();
        List<String> bootstraps = new ArrayList<>();
        for (int zone = 0; zone < zones.size(); zone++) {
            bootstraps.add("--produce=" + zones.get(zone) + "=" + cluster.produceBootstrap(zone));
            bootstraps.add(
                    "--consume=" + zones.get(zone) + "=" + cluster.layout().brokerBootstrap(zone));
        }
        for (String zone : zones) {
            List<String> arguments = new ArrayList<>(List.of("bench", "load", "--own", zone));
            arguments.addAll(bootstraps);
            JavaCommand command = JavaCommand.narrows(jvm, arguments).behind(network.inZone(zone));
            Path log = directory.resolve("logs").resolve("clients-" + zone + ".log");
            clients.workers.add(JsonLineProcess.start("clients-" + zone, command, log));
            clients.sentFiles.add(directory.resolve("sent-" + zone));
        }
        return clients;
    }

    void awaitServers(List<String> readyUrls) throws InterruptedException {
        List<JsonNode> unused = all("ready " + String.join(",", readyUrls), SOON);
    }

    void prepare(List<String> options, String topic) throws InterruptedException {
        List<JsonNode> unused = all("load " + String.join(" ", options), SOON);
        JsonNode unusedTopic = workers.get(0).ask("topic " + topic, SOON);
    }

    /** Returns when everything is produced, read and checked. */
    Result run(String topic, Duration duration) throws InterruptedException {
        for (int zone = 0; zone < workers.size(); zone++) {
            workers.get(zone).tell("run " + topic + " " + duration.toMillis() + " " + sentFiles.get(zone));
        }
        List<JsonNode> unused = answers(duration.plus(READ));
        for (int zone = 0; zone < workers.size(); zone++) {
            workers.get(zone).tell("finish " + String.join(",", othersFiles(zone)));
        }
        return merge(answers(READ));
    }

    private List<String> othersFiles(int zone) {
        List<String> others = new ArrayList<>();
        for (int other = 0; other < sentFiles.size(); other++) {
            if (other != zone) {
                others.add(sentFiles.get(other).toString());
            }
        }
        return others;
    }

    private List<JsonNode> all(String line, Duration atMost) throws InterruptedException {
        workers.forEach(worker -> worker.tell(line));
        return answers(atMost);
    }

    private List<JsonNode> answers(Duration atMost) throws InterruptedException {
        List<JsonNode> answers = new ArrayList<>();
        for (JsonLineProcess worker : workers) {
            answers.add(worker.answer(atMost));
        }
        return answers;
    }

    /** What all zones' clients saw together. */
    record Result(
            Produced produced,
            Histogram ackMicros,
            Histogram endToEndMicros,
            Verdict verdict,
            Map<String, Long> errors) {
        Result {
            errors = Map.copyOf(errors);
        }
    }

    static Result merge(List<JsonNode> parts) {
        long bytes = 0;
        long records = 0;
        double seconds = 0;
        boolean complete = true;
        Histogram ack = new Histogram(MAX_MICROS, 3);
        Histogram endToEnd = new Histogram(MAX_MICROS, 3);
        Verdict verdict = Verdict.EMPTY;
        Map<String, Long> errors = new TreeMap<>();
        for (JsonNode part : parts) {
            bytes += part.path("batchBytes").asLong();
            records += part.path("records").asLong();
            seconds = Math.max(seconds, part.path("seconds").asDouble());
            complete &= part.path("complete").asBoolean();
            ack.add(Histograms.decode(part.path("ack").asText()));
            endToEnd.add(Histograms.decode(part.path("endToEnd").asText()));
            verdict = verdict.plus(VerdictJson.read(part.path("verdict")));
            part.path("errors")
                    .properties()
                    .forEach(error ->
                            errors.merge(error.getKey(), error.getValue().asLong(), Long::sum));
        }
        return new Result(new Produced(bytes, records, seconds, complete), ack, endToEnd, verdict, errors);
    }

    ProcessStat stat() {
        return workers.stream()
                .map(worker -> ProcessStat.of(worker.process().pid()))
                .reduce(new ProcessStat(0, 0), ProcessStat::plus);
    }

    @Override
    public void close() {
        workers.forEach(JsonLineProcess::close);
    }
}
