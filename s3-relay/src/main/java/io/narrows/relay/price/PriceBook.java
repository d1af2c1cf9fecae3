package io.narrows.relay.price;

import io.narrows.relay.Checks;
import java.time.LocalDate;

/**
 * List prices of one cloud region and one class of its object store in US dollars, with the day and the place they were
 * taken from. GB is 10^9 bytes; what a vendor sells by the GiB is converted when a book is read. Immutable;
 * {@link PriceBooks} loads one.
 *
 * @param asOf the oldest day of the prices in the book
 */
public record PriceBook(String name, LocalDate asOf, String source, Transfer transfer, Store store) {
    private static final double BYTES_PER_GB = 1e9;

    /**
     * Prices of bytes on the network.
     *
     * @param outPerGb what the sender's side of a transfer between zones of the region costs
     * @param inPerGb what the receiver's side costs
     * @param natPerGb what a NAT gateway adds to each byte it passes on; an endpoint for the store avoids it
     */
    public record Transfer(double outPerGb, double inPerGb, double natPerGb) {
        public Transfer {
            price("transfer.outPerGb", outPerGb);
            price("transfer.inPerGb", inPerGb);
            price("nat.perGb", natPerGb);
        }
    }

    /**
     * Prices of one storage class.
     *
     * @param uploadPerGb what putting costs beside the request; 0 for most classes
     * @param retrievalPerGb what getting costs beside the request; 0 for most classes
     */
    public record Store(
            double putPer1000,
            double getPer1000,
            double listPer1000,
            double storagePerGbMonth,
            double uploadPerGb,
            double retrievalPerGb) {
        public Store {
            price("putPer1000", putPer1000);
            price("getPer1000", getPer1000);
            price("listPer1000", listPer1000);
            price("storagePerGbMonth", storagePerGbMonth);
            price("uploadPerGb", uploadPerGb);
            price("retrievalPerGb", retrievalPerGb);
        }

        /** A class that charges for requests and storage only. */
        public static Store ofRequests(
                double putPer1000, double getPer1000, double listPer1000, double storagePerGbMonth) {
            return new Store(putPer1000, getPer1000, listPer1000, storagePerGbMonth, 0, 0);
        }
    }

    public PriceBook {
        Checks.argument(!name.isBlank(), "name of a price book is empty");
        Checks.argument(!source.isBlank(), "source of a price book is empty");
    }

    private static void price(String key, double value) {
        Checks.argument(value >= 0 && value < 1000, key + " must be 0 to 1000 dollars, got " + value);
    }

    /** Dollars for one byte from one zone to another, both sides together. */
    public double transferPerByte() {
        return (transfer.outPerGb() + transfer.inPerGb()) / BYTES_PER_GB;
    }

    /** Dollars a NAT gateway adds to one byte. */
    public double natPerByte() {
        return transfer.natPerGb() / BYTES_PER_GB;
    }

    public double perPut() {
        return store.putPer1000() / 1000;
    }

    public double perGet() {
        return store.getPer1000() / 1000;
    }

    public double perList() {
        return store.listPer1000() / 1000;
    }

    /** Dollars for putting one byte, beside its request. */
    public double uploadPerByte() {
        return store.uploadPerGb() / BYTES_PER_GB;
    }

    /** Dollars for getting one byte, beside its request. */
    public double retrievalPerByte() {
        return store.retrievalPerGb() / BYTES_PER_GB;
    }

    /** Dollars for keeping one byte in the store for a month. */
    public double storagePerByteMonth() {
        return store.storagePerGbMonth() / BYTES_PER_GB;
    }

    /** Whether bytes between zones cost nothing. */
    public boolean zonesAreFree() {
        return transfer.outPerGb() + transfer.inPerGb() == 0;
    }
}
