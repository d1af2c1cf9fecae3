package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narrows.bench.zones.ZoneNetwork;
import io.narrows.bench.zones.ZoneTraffic;
import io.narrows.bench.zones.ZoneTraffic.S3Link;
import io.narrows.bench.zones.ZoneTraffic.ZonePair;
import io.narrows.bench.zones.ZonesSupport;
import io.narrows.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Zones as namespaces: a transfer of known size is counted on the link it took, and on no other. */
final class ZoneNetworkIT {
    private static final long SENT_BYTES = 8 << 20;

    /** Headers and acknowledgements of 8 MiB; the kernel may send it in segments of 64 KiB or of 1,448 bytes. */
    private static final long AT_MOST_BYTES = SENT_BYTES + SENT_BYTES / 10;

    @BeforeEach
    void namespacesAreThere() {
        Optional<String> missing = ZonesSupport.missing();
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    }

    @Test
    void aTransferIsCountedOnItsLinkInItsDirection() throws Exception {
        try (ZoneNetwork network = ZoneNetwork.create(List.of("a", "b", "c"))) {
            ZoneTraffic before = network.traffic();

            send(network.inZone("a"), network.inZone("b"), network.zoneAddress("b"));
            ZoneTraffic betweenZones = network.traffic().minus(before);
            send(network.inZone("c"), network.inRegion(), network.regionAddress());
            ZoneTraffic all = network.traffic().minus(before);

            assertThat(bytes(betweenZones, "a", "b")).isBetween(SENT_BYTES, AT_MOST_BYTES);
            assertThat(bytes(betweenZones, "b", "a")).isPositive().isLessThan(SENT_BYTES / 10);
            assertThat(betweenZones.crossZoneBytes() - bytes(betweenZones, "a", "b") - bytes(betweenZones, "b", "a"))
                    .isZero();
            assertThat(betweenZones.s3Up() + betweenZones.s3Down()).isZero();
            assertThat(all.crossZoneBytes()).isEqualTo(betweenZones.crossZoneBytes());
            assertThat(all.s3().stream().filter(link -> link.zone().equals("c")).mapToLong(S3Link::up))
                    .singleElement()
                    .satisfies(up -> assertThat(up).isBetween(SENT_BYTES, AT_MOST_BYTES));
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        String name;
        try (ZoneNetwork network = ZoneNetwork.create(List.of("a", "b"))) {
            name = network.inZone("a").get(3);
            assertThat(Path.of("/run/netns", name)).exists();
        }
        assertThat(Path.of("/run/netns", name)).doesNotExist();
    }

    /** What a run that was killed left, with a process in it, ends when the next one starts. */
    @Test
    void leftoversOfAKilledRunAreRemoved() throws Exception {
        String orphan = "narrows-999999999-1700000000000-a";
        command("ip", "netns", "add", orphan);
        Process inside = new ProcessBuilder("ip", "netns", "exec", orphan, "sleep", "300").start();
        Await.until(
                "a process in the namespace",
                Duration.ofSeconds(10),
                () -> pids(orphan).contains("" + inside.pid()));

        ZoneNetwork.create(List.of("a", "b")).close();

        assertThat(Path.of("/run/netns", orphan)).doesNotExist();
        assertThat(inside.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private static long bytes(ZoneTraffic traffic, String from, String to) {
        return traffic.zones().stream()
                .filter(pair -> pair.from().equals(from) && pair.to().equals(to))
                .mapToLong(ZonePair::bytes)
                .sum();
    }

    /** Two small JVMs, since a JVM cannot enter a namespace after its start. */
    private static void send(List<String> from, List<String> to, String address) throws Exception {
        Process receiver = java(to, "receive", address);
        try {
            Process sender = java(from, "send", address, Long.toString(SENT_BYTES));
            assertThat(sender.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(sender.exitValue()).as("the sender").isZero();
            assertThat(receiver.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(receiver.exitValue()).as("the receiver").isZero();
        } finally {
            receiver.destroyForcibly();
        }
    }

    private static Process java(List<String> prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-cp", TransferProbe.classPath(), TransferProbe.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).inheritIO().start();
    }

    private static String pids(String namespace) {
        try {
            return command("ip", "netns", "pids", namespace);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String command(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
