package io.narrows.relay.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class PriceBookTest {
    static final List<String> NAMES = PriceBooks.NAMES;

    @ParameterizedTest
    @FieldSource("NAMES")
    void everyBuiltInBookIsDatedAndSourced(String name) {
        PriceBook book = PriceBooks.load(name);
        assertThat(book.name()).isEqualTo(name);
        assertThat(book.asOf()).isBetween(LocalDate.of(2025, 1, 1), LocalDate.of(2026, 12, 31));
        assertThat(book.source()).startsWith("https://");
        assertThat(book.perPut()).isPositive();
        assertThat(book.natPerByte()).isPositive();
        assertThat(book.storagePerByteMonth()).isPositive();
    }

    @Test
    void awsChargesBothSidesOfATransfer() {
        PriceBook aws = PriceBooks.builtIn("aws-us-east-1");
        assertThat(aws.transferPerByte() * 1e9).isCloseTo(0.02, within(1e-12));
        assertThat(aws.perPut()).isCloseTo(5e-6, within(1e-15));
        assertThat(aws.perGet()).isCloseTo(4e-7, within(1e-15));
        assertThat(aws.perList()).isCloseTo(5e-6, within(1e-15));
        assertThat(aws.uploadPerByte()).isZero();
        assertThat(aws.zonesAreFree()).isFalse();
    }

    @Test
    void googleChargesTheSenderByTheGibibyte() {
        PriceBook gcp = PriceBooks.builtIn("gcp");
        assertThat(gcp.transferPerByte() * (1L << 30)).isCloseTo(0.01, within(1e-12));
        assertThat(gcp.transfer().inPerGb()).isZero();
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

    /** Fees: one upload and three reads (the leaders together, two follower zones) are 0.005 dollars per GiB. */
    @Test
    void feesPerByteOfExpressRaiseWhatCheapRequestsLower() {
        PriceBook express = PriceBooks.load("aws-us-east-1:express");
        BreakEven breakEven = new BreakEven(express, 4, 3);
        double fees = (0.0032 + 3 * 0.0006) / (1L << 30);
        double requests = 1.13e-6 + 4 * 3e-8;

        assertThat(breakEven.feesPerByte()).isCloseTo(fees, within(1e-18));
        assertThat(breakEven.bytes(3)).isEqualTo((long) Math.ceil(requests / (3 * 2e-11 - fees)));
        assertThat(breakEven.bytes(3)).isCloseTo(22_600, within(100L));
        assertThat(breakEven.hopBytes()).isGreaterThan(3 * breakEven.bytes(3));
        long atBreakEven = breakEven.bytes(3);
        assertThat(breakEven.savedDollars(atBreakEven, 3 * atBreakEven)).isCloseTo(0, within(1e-10));
        assertThat(breakEven.savedDollars(1000, 3000)).isNegative();
    }

    @Test
    void stagingNeverPaysWhereFeesExceedTheTransferTheySave() {
        PriceBook dear = new PriceBook(
                "dear",
                LocalDate.of(2026, 1, 1),
                "a test",
                new PriceBook.Transfer(0.005, 0, 0),
                new PriceBook.Store(0.001, 0, 0, 0, 0.004, 0.002));
        assertThat(new BreakEven(dear, 1).bytes(1)).isEqualTo(BreakEven.NEVER);
        assertThat(new BreakEven(dear, 1).bytes(2)).isLessThan(BreakEven.NEVER);
    }

    @Test
    void stagingNeverPaysWhereZonesAreFreeOrNothingIsSaved() {
        assertThat(new BreakEven(PriceBooks.builtIn("azure"), 4).bytes(3)).isEqualTo(BreakEven.NEVER);
        assertThat(new BreakEven(PriceBooks.builtIn("azure"), 4).hopBytes()).isEqualTo(BreakEven.NEVER);
        assertThat(new BreakEven(PriceBooks.builtIn("gcp"), 4).bytes(0)).isEqualTo(BreakEven.NEVER);
    }

    @Test
    void aFileWithNegotiatedPricesReplacesABuiltInBook(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("ours.yaml");
        Files.writeString(file, aws().replace("outPerGb: 0.01", "outPerGb: 0.005"));

        PriceBook book = PriceBooks.load(file.toString());
        PriceBook express = PriceBooks.load(file + ":express");

        assertThat(book.name()).isEqualTo(file.toString());
        assertThat(book.transfer().outPerGb()).isEqualTo(0.005);
        assertThat(express.store().uploadPerGb()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "putPer1000: 0.005 | putPer1000: -1 | stores.standard.putPer1000 is a price from 0 to 1000",
                "putPer1000: 0.005 | putPer1000: cheap | is a number of dollars, not 'cheap'",
                "putPer1000: 0.005 | putPer1000: .nan | from 0 to 1000 dollars",
                "    putPer1000: 0.005 | '' | putPer1000 is missing: give a number of dollars",
                "asOf: 2026-05-01 | asOf: yesterday | stores.standard.asOf is not a date like",
                "    asOf: 2026-05-01 | '' | prices need a date like",
                "source: https://aws.amazon.com/vpc/pricing/ | source: '' | name the page the prices are from",
                "getPer1000: 0.0004 | getPrice: 1 | unknown keys [getPrice] in stores.standard, use",
                "outPerGb: 0.01 | outPerGiB: 0.01, | not",
                "inPerGb: 0.01 | outPerGiB: 0.01 | give either outPerGb (10^9 bytes) or outPerGiB (2^30 bytes)",
                "cloud: aws | clod: aws | unknown keys [clod]",
                "cloud: aws | region: x | line 4: found duplicate key region"
            })
    void aWrongBookIsRefusedWithASentenceThatSaysWhatToDo(String from, String to, String says) throws IOException {
        String text = aws().replace(from, to);
        assertThat(text).isNotEqualTo(aws());
        assertThatThrownBy(() -> PriceBookYaml.parse("test", text).book(PriceBookYaml.FIRST_CLASS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("price book test")
                .hasMessageContaining(says);
    }

    @Test
    void whatIsNoPriceBookIsRefused() {
        assertThatThrownBy(() -> PriceBooks.load("/no/such/file")).hasMessageContaining("aws-us-east-1");
        assertThatThrownBy(() -> PriceBooks.load("gcp:express")).hasMessageContaining("use one of [standard]");
        assertThatThrownBy(() -> PriceBookYaml.parse("old", "transfer.out.per.gb=0.01\nput.per.1000=0.005\n"))
                .hasMessageContaining("not a YAML map");
        assertThatThrownBy(() -> PriceBookYaml.parse("empty", "")).hasMessageContaining("cloud is missing");
        assertThatThrownBy(() -> PriceBookYaml.parse("evil", "a: !!java.net.URL ['http://x']"))
                .hasMessageContaining("not YAML");
    }

    private static String aws() throws IOException {
        try (InputStream in = PriceBooks.class.getResourceAsStream("aws-us-east-1.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
