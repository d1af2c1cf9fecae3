package io.narrows.cli.cost;

import io.narrows.relay.price.PriceBook;

/**
 * Dollars for what one system used. Machines, disks, storage over time and transfer inside a zone are not in it.
 *
 * @param transferDollars between zones, both sides
 * @param requestDollars to the object store
 * @param feeDollars of the storage class for bytes put and got
 * @param natDollars for store traffic through a NAT gateway
 */
public record Bill(double transferDollars, double requestDollars, double feeDollars, double natDollars) {
    private static final double BYTES_PER_TB = 1e12;

    public static Bill of(PriceBook prices, StoreRoute route, Usage usage) {
        StoreUse store = usage.store();
        long storeBytes = store.putBytes() + store.gotBytes();
        return new Bill(
                usage.crossBytes() * prices.transferPerByte(),
                store.put() * prices.perPut()
                        + (store.get() + store.head()) * prices.perGet()
                        + store.list() * prices.perList(),
                store.putBytes() * prices.uploadPerByte() + store.gotBytes() * prices.retrievalPerByte(),
                route == StoreRoute.NAT ? storeBytes * prices.natPerByte() : 0);
    }

    public double totalDollars() {
        return transferDollars + requestDollars + feeDollars + natDollars;
    }

    /** The same for 10^12 bytes produced. */
    public Bill perTb(long producedBytes) {
        return times(producedBytes == 0 ? 0 : BYTES_PER_TB / producedBytes);
    }

    public Bill times(double factor) {
        return new Bill(transferDollars * factor, requestDollars * factor, feeDollars * factor, natDollars * factor);
    }
}
