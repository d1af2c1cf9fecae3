package io.narrows.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution in target/dist holds the product alone, and starts in any directory. */
final class DistributionIT {
    private static final Path DIST = Path.of("target", "dist").toAbsolutePath();
    private static final List<String> NOT_SHIPPED =
            List.of("io/narrows/bench/", "io/narrows/testing/", "org/openjdk/jmh/", "org/junit/", "org/assertj/");

    @TempDir
    Path directory;

    @Test
    void holdsNoBenchmarksAndNoTestCode() throws IOException {
        try (Stream<Path> files = Files.list(DIST.resolve("lib"))) {
            List<Path> jars = files.toList();
            assertThat(jars)
                    .as("run mvn clean when old jars are left")
                    .anyMatch(jar -> jar.getFileName().toString().startsWith("cli-"))
                    .allSatisfy(DistributionIT::holdsTheProductAlone);
        }
    }

    private static void holdsTheProductAlone(Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile())) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .as(path.getFileName().toString())
                    .noneMatch(name -> NOT_SHIPPED.stream().anyMatch(name::startsWith));
        }
    }

    @Test
    void startsOutsideOfACheckout() throws Exception {
        Result help = narrows("--help");

        assertThat(help.exit()).as(help.output()).isZero();
        assertThat(help.output())
                .contains("Usage: narrows", "broker", "proxy", "cost")
                .doesNotContain("bench");
    }

    @Test
    void benchTellsWhereTheBenchmarksAre() throws Exception {
        Result bench = narrows("bench", "policy", "--rate", "1MB/s");

        assertThat(bench.exit()).as(bench.output()).isEqualTo(2);
        assertThat(bench.output()).contains("source checkout", "./narrows bench");
    }

    private Result narrows(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(DIST.resolve("narrows").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as(command.toString())
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    private record Result(int exit, String output) {}
}
