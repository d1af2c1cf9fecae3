package io.narrows.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.cli.verify.Verdict;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class ClientsTest {
    @Test
    void zonesAreAddedUpAndTheSlowestTells() {
        Clients.Result result = Clients.merge(List.of(part(100, 2.5, 1_000, 0), part(300, 4, 9_000, 2)));

        assertThat(result.produced().bytes()).isEqualTo(400);
        assertThat(result.produced().seconds()).isCloseTo(4, within(1e-9));
        assertThat(result.produced().complete()).isTrue();
        assertThat(result.ackMicros().getTotalCount()).isEqualTo(2);
        assertThat(result.ackMicros().getMaxValue()).isBetween(9_000L, 9_010L);
        assertThat(result.verdict().lost()).isEqualTo(2);
        assertThat(result.errors()).containsEntry("send Timeout", 2L);
    }

    private static ObjectNode part(long bytes, double seconds, long latencyMicros, long lost) {
        Histogram histogram = new Histogram(60_000_000, 3);
        histogram.recordValue(latencyMicros);
        ObjectNode part = new ObjectMapper().createObjectNode();
        part.put("batchBytes", bytes)
                .put("seconds", seconds)
                .put("complete", true)
                .put("ack", Histograms.encode(histogram))
                .put("endToEnd", Histograms.encode(histogram));
        VerdictJson.write(part.putObject("verdict"), new Verdict(1, lost, 0, 0, 0, 0, 0, 0));
        part.putObject("errors").put("send Timeout", 1);
        return part;
    }
}
