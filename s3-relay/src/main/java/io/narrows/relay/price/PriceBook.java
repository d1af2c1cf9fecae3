package io.narrows.relay.price;

import io.narrows.relay.Checks;
import java.time.LocalDate;

/**
 * List prices of one cloud region in US dollars, with the day and the place they were taken from. A GB is 10^9 bytes.
 * Immutable; {@link PriceBooks} loads one.
 *
 * @param transferOutPerGb what the sender's side of a transfer between zones of the region costs
 * @param transferInPerGb what the receiver's side costs
 */
public record PriceBook(
        String name,
        LocalDate asOf,
        String source,
        double transferOutPerGb,
        double transferInPerGb,
        double putPer1000,
        double getPer1000,
        double listPer1000,
        double storagePerGbMonth) {
    private static final double BYTES_PER_GB = 1e9;

    public PriceBook {
        Checks.argument(!name.isBlank(), "a price book has a name");
        Checks.argument(!source.isBlank(), "a price book says where its prices are from");
        price("transfer.out.per.gb", transferOutPerGb);
        price("transfer.in.per.gb", transferInPerGb);
        price("put.per.1000", putPer1000);
        price("get.per.1000", getPer1000);
        price("list.per.1000", listPer1000);
        price("storage.per.gb.month", storagePerGbMonth);
    }

    private static void price(String key, double value) {
        Checks.argument(value >= 0 && value < 1000, key + " is a price from 0 to 1000 dollars, not " + value);
    }

    /** Dollars for one byte from one zone to another, both sides together. */
    public double transferPerByte() {
        return (transferOutPerGb + transferInPerGb) / BYTES_PER_GB;
    }

    public double perPut() {
        return putPer1000 / 1000;
    }

    public double perGet() {
        return getPer1000 / 1000;
    }

    /** Whether bytes between zones cost nothing. */
    public boolean zonesAreFree() {
        return transferOutPerGb + transferInPerGb == 0;
    }
}
