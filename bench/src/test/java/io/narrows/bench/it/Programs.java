package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Programs of others, found on the PATH and run until they end. */
final class Programs {
    private Programs() {}

    /** The first of the names that is there, or null. */
    static String onPath(String... names) {
        for (String name : names) {
            for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return Path.of(folder, name).toString();
                }
            }
        }
        return null;
    }

    /** What the script printed that writes at one address and reads at another; the test is skipped without kafkajs. */
    static String kafkajsProbe(String writeAt, String readAt, String topic) throws Exception {
        Path modules = Path.of("target", "kafkajs", "node_modules").toAbsolutePath();
        String node = onPath("node");
        assumeTrue(node != null, "node is not on the PATH");
        assumeTrue(
                Files.isDirectory(modules.resolve("kafkajs")),
                "no kafkajs: npm install --prefix bench/target/kafkajs kafkajs@2.2.4");
        Path script = Path.of("src", "test", "js", "kafkajs-probe.js").toAbsolutePath();
        ProcessBuilder builder = new ProcessBuilder(node, script.toString(), writeAt, readAt, topic);
        builder.environment().put("NODE_PATH", modules.toString());
        return run(builder);
    }

    /** What the script printed that writes at one address and reads at another; skipped without the binding. */
    static String confluentKafkaProbe(String writeAt, String readAt, String topic) throws Exception {
        Path modules = Path.of("target", "confluent-kafka").toAbsolutePath();
        String python = onPath("python3");
        assumeTrue(python != null, "python3 is not on the PATH");
        assumeTrue(
                Files.isDirectory(modules.resolve("confluent_kafka")),
                "no confluent-kafka: pip install --target bench/target/confluent-kafka confluent-kafka==2.16.1");
        Path script =
                Path.of("src", "test", "python", "confluent_kafka_probe.py").toAbsolutePath();
        ProcessBuilder builder = new ProcessBuilder(python, script.toString(), writeAt, readAt, topic);
        builder.environment().put("PYTHONPATH", modules.toString());
        return run(builder);
    }

    /** What it printed, with the file, if there is one, as its input; fails if it ends with an error. */
    static String run(Path input, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        return run(builder);
    }

    static String run(ProcessBuilder builder) throws Exception {
        Path output = Files.createTempFile("program", ".txt");
        try {
            Process process = builder.redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("ended in time")
                    .isTrue();
            String text = Files.readString(output);
            assertThat(process.exitValue()).as(text).isZero();
            return text;
        } finally {
            Files.delete(output);
        }
    }
}
