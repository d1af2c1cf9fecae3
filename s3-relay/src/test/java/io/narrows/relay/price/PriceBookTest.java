package io.narrows.relay.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceBookTest {
    @Test
    void everyBuiltInBookIsDatedAndSourced() {
        for (String name : PriceBooks.NAMES) {
            PriceBook book = PriceBooks.builtIn(name);
            assertThat(book.asOf().getYear()).isGreaterThanOrEqualTo(2026);
            assertThat(book.source()).startsWith("https://");
            assertThat(book.perPut()).isPositive();
        }
    }

    @Test
    void awsChargesBothSidesOfATransfer() {
        PriceBook aws = PriceBooks.builtIn("aws-us-east-1");
        assertThat(aws.transferPerByte() * 1e9).isCloseTo(0.02, within(1e-12));
        assertThat(aws.perPut()).isCloseTo(5e-6, within(1e-15));
        assertThat(aws.perGet()).isCloseTo(4e-7, within(1e-15));
        assertThat(aws.zonesAreFree()).isFalse();
    }

    @Test
    void breakEvenOnAwsLiesBetween100And260KiB() {
        PriceBook aws = PriceBooks.builtIn("aws-us-east-1");

        long threeHops = new BreakEven(aws, 4).bytes(3);
        long produceHopOnly = new BreakEven(aws, 1).bytes(1);

        assertThat(threeHops).isCloseTo(110_000, within(10L));
        assertThat(threeHops / 1024).isEqualTo(107);
        assertThat(produceHopOnly).isCloseTo(270_000, within(10L));
        assertThat(produceHopOnly / 1024).isEqualTo(263);
        assertThat(new BreakEven(aws, 4).hopBytes()).isCloseTo(3 * threeHops, within(3L));
    }

    @Test
    void stagingNeverPaysWhereZonesAreFreeOrNothingIsSaved() {
        assertThat(new BreakEven(PriceBooks.builtIn("azure"), 4).bytes(3)).isEqualTo(BreakEven.NEVER);
        assertThat(new BreakEven(PriceBooks.builtIn("azure"), 4).hopBytes()).isEqualTo(BreakEven.NEVER);
        assertThat(new BreakEven(PriceBooks.builtIn("gcp"), 4).bytes(0)).isEqualTo(BreakEven.NEVER);
    }

    @Test
    void aFileWithNegotiatedPricesReplacesABuiltInBook(@TempDir Path dir) throws IOException {
        Properties properties = aws();
        properties.setProperty("transfer.out.per.gb", "0.005");
        Path file = dir.resolve("ours.properties");
        try (var out = Files.newOutputStream(file)) {
            properties.store(out, null);
        }

        PriceBook book = PriceBooks.load(file.toString());

        assertThat(book.name()).isEqualTo(file.toString());
        assertThat(book.transferOutPerGb()).isEqualTo(0.005);
    }

    @Test
    void aWrongBookIsRefusedWithASentenceThatNamesTheKey() throws IOException {
        assertRefused("put.per.1000", "-1", "put.per.1000");
        assertRefused("put.per.1000", "cheap", "put.per.1000");
        assertRefused("put.per.1000", "NaN", "put.per.1000");
        assertRefused("as.of", "yesterday", "as.of");
        assertRefused("source", " ", "source");
        assertRefused("put.price", "1", "put.price");
        assertThatThrownBy(() -> PriceBooks.load("/no/such/file"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("aws-us-east-1");
    }

    private static void assertRefused(String key, String value, String named) throws IOException {
        Properties properties = aws();
        properties.setProperty(key, value);
        assertThatThrownBy(() -> PriceBooks.parse("test", properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }

    private static Properties aws() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = PriceBooks.class.getResourceAsStream("aws-us-east-1.properties")) {
            properties.load(in);
        }
        return properties;
    }
}
