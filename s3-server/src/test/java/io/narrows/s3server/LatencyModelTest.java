package io.narrows.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LatencyModelTest {
    @Test
    void timesAreParsedPerOperation() {
        LatencyModel model = LatencyModel.parse("put=60ms, get=1s~5ms");
        SplittableRandom random = new SplittableRandom(1);

        assertThat(model.drawNanos(Operation.PUT, random)).isEqualTo(60_000_000L);
        assertThat(model.drawNanos(Operation.HEAD, random)).isZero();
        assertThat(LongStream.range(0, 100).map(i -> model.drawNanos(Operation.GET, random)))
                .allMatch(nanos -> nanos >= 995_000_000L && nanos <= 1_005_000_000L)
                .doesNotHaveDuplicates();
        assertThat(model).hasToString("put=60ms,get=1000ms~5ms");
    }

    @Test
    void emptyTextIsNoLatency() {
        assertThat(LatencyModel.parse("")).isEqualTo(LatencyModel.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put", "put=", "put=60", "put=-1ms", "copy=5ms", "put=60ms,", "put=60ms~", "put=1m"})
    void malformedTextIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> LatencyModel.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("put=60ms");
    }
}
