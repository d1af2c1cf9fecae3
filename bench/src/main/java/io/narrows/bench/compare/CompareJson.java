package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;

/** A comparison as JSON, schema {@code narrows-bench-1}; {@code docs/benchmarks.md} describes it. Stateless. */
final class CompareJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private CompareJson() {}

    static void write(Path file, CompareReport report) throws IOException {
        MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), tree(report));
    }

    static ObjectNode tree(CompareReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", "narrows-bench-1");
        Provenance.Machine machine = report.provenance().machine();
        root.putObject("machine")
                .put("processor", machine.processor())
                .put("processors", machine.processors())
                .put("memoryBytes", machine.memoryBytes())
                .put("system", machine.system())
                .put("java", machine.java());
        root.put("commit", report.provenance().commit());
        root.put("command", report.provenance().command());
        root.put("at", report.provenance().at());
        ArrayNode loads = root.putArray("loads");
        report.loads().forEach(load -> load(loads.addObject(), load));
        load(root.putObject("load"), report.loads().get(0));
        ArrayNode rounds = root.putArray("rounds");
        report.measured().forEach(one -> round(rounds.addObject(), one));
        ArrayNode targets = root.putArray("targets");
        report.targets()
                .forEach(target -> targets.addObject()
                        .put("load", target.load())
                        .put("atMost", target.atMost())
                        .put("seen", target.seen())
                        .put("met", target.isMet()));
        return root;
    }

    private static void load(ObjectNode json, LoadCase load) {
        json.put("name", load.name())
                .put("title", load.title())
                .put("options", String.join(" ", load.options()))
                .put("readers", load.readers())
                .put("seconds", load.duration().toMillis() / 1e3);
    }

    private static void round(ObjectNode json, Measured one) {
        json.put("system", one.contestant().id())
                .put("load", one.load())
                .put("round", one.round())
                .put("producedBytes", one.produced().bytes())
                .put("producedRecords", one.produced().records())
                .put("seconds", one.produced().seconds())
                .put("throughputMBps", one.throughputMBps())
                .put("crossZoneBytesPerProducedByte", one.crossing());
        ArrayNode zones = json.putArray("zoneBytes");
        one.traffic()
                .zones()
                .forEach(pair -> zones.addObject()
                        .put("from", pair.from())
                        .put("to", pair.to())
                        .put("bytes", pair.bytes()));
        ArrayNode s3Links = json.putArray("s3Bytes");
        one.traffic()
                .s3()
                .forEach(link -> s3Links.addObject()
                        .put("zone", link.zone())
                        .put("up", link.up())
                        .put("down", link.down()));
        json.putObject("s3")
                .put("put", one.s3().put())
                .put("get", one.s3().get())
                .put("list", one.s3().list())
                .put("head", one.s3().head())
                .put("delete", one.s3().delete())
                .put("bytesPut", one.s3().bytesPut())
                .put("bytesGot", one.s3().bytesGot());
        json.putObject("cpuSeconds")
                .put("brokers", one.cpu().brokers())
                .put("proxies", one.cpu().proxies())
                .put("clients", one.cpu().clients())
                .put("s3", one.cpu().s3());
        latency(json.putObject("ackMs"), one.ackMicros());
        latency(json.putObject("endToEndMs"), one.endToEndMicros());
        json.put("diskBytes", one.memory().diskBytes());
        json.putObject("rssBytes")
                .put("brokers", one.memory().brokerRssBytes())
                .put("proxies", one.memory().proxyRssBytes());
        ObjectNode verdict = json.putObject("verdict");
        verdict.put("exact", one.isClean()).put("complete", one.produced().complete());
        VerdictJson.write(verdict, one.verdict());
        ObjectNode errors = json.putObject("errors");
        one.errors().forEach(errors::put);
    }

    private static void latency(ObjectNode json, Histogram micros) {
        json.put("p50", micros.getValueAtPercentile(50) / 1e3)
                .put("p90", micros.getValueAtPercentile(90) / 1e3)
                .put("p99", micros.getValueAtPercentile(99) / 1e3)
                .put("p999", micros.getValueAtPercentile(99.9) / 1e3)
                .put("max", micros.getMaxValue() / 1e3);
    }
}
