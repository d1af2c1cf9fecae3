package io.narrows.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.compare.BarChart.Part;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BarChartTest {
    @Test
    void barsAreInProportionAndTinyOnesStayVisible() {
        String svg = new BarChart("bytes")
                .bar("large", List.of(new Part("stock", 3)), "3.0", List.of())
                .bar("tiny", List.of(new Part("narrows", 0.001)), "0.001", List.of())
                .svg();

        assertThat(svg)
                .contains("<rect class=\"stock\" x=\"150.0\" y=\"7\" width=\"450.0\"")
                .contains("<rect class=\"narrows\" x=\"150.0\" y=\"41\" width=\"1.0\"");
    }

    @Test
    void nothingButZeroesIsAChartToo() {
        assertThat(new BarChart("none")
                        .bar("a", List.of(new Part("stock", 0)), "0", List.of())
                        .svg())
                .doesNotContain("<rect")
                .doesNotContain("NaN");
    }

    @Test
    void textIsEscaped() {
        assertThat(new BarChart("a \"b\"").bar("<x>", List.of(), "&", List.of()).svg())
                .contains("aria-label=\"a &quot;b&quot;\"")
                .contains("&lt;x&gt;")
                .contains("&amp;");
    }
}
