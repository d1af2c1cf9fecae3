package io.narrows.bench.zones;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RunNameTest {
    @Test
    void namespaceNamesTheRunItBelongsTo() {
        RunName run = new RunName(4711, 1_700_000_000_000L);

        assertThat(RunName.parse(run.namespace("a"))).contains(run);
        assertThat(RunName.parse(run.namespace("s3"))).contains(run);
    }

    @Test
    void namespacesOfOthersAreNotOurs() {
        assertThat(RunName.parse("docker0")).isEmpty();
        assertThat(RunName.parse("narrows-try-12")).isEmpty();
        assertThat(RunName.parse("narrows-12-a")).isEmpty();
    }

    @Test
    void aRunIsDeadWhenItsProcessIdBelongsToALaterProcess() {
        RunName own = RunName.ofThisProcess();

        assertThat(own.isAlive()).isTrue();
        assertThat(new RunName(own.pid(), own.startMs() - 60_000).isAlive()).isFalse();
    }
}
