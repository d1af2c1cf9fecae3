package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.restarts.CaseResult;
import io.narrows.bench.restarts.RestartCase;
import io.narrows.bench.restarts.Restarts;
import io.narrows.bench.restarts.RestartsTable;
import io.narrows.cli.load.Rate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that lose their disk, or all stop together, lose no record; every case with {@code -Dnarrows.it.long=true}. */
final class RestartsIT {
    private static final boolean LONG = Boolean.getBoolean("narrows.it.long");

    @TempDir
    static Path directory;

    @Test
    void restartsLoseNothing() throws Exception {
        List<RestartCase> cases =
                LONG ? List.of(RestartCase.values()) : List.of(RestartCase.LOST_DISK, RestartCase.ALL_DOWN);
        try (ProcessCluster cluster = ProcessCluster.start(
                directory, ProcessCluster.options(directory), Jvms.small(Path.of("target", "it-logs", "restarts")))) {
            Restarts restarts =
                    new Restarts(cluster, directory, Rate.parse("2MB/s"), Duration.ofSeconds(LONG ? 40 : 10));
            System.out.println(RestartsTable.head());
            for (RestartCase each : cases) {
                CaseResult result = restarts.run(each);
                System.out.println(RestartsTable.line(result));
                assertThat(result.isClean()).as("%s", result).isTrue();
            }
        }
    }
}
