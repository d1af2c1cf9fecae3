package io.narrows.cli.cost;

import io.narrows.relay.price.PriceBook;

/**
 * Dollars for a terabyte (10^12 bytes) produced: transfer between zones and requests to the object store. Storage,
 * machines and transfer inside a zone are not in it.
 */
public record CostPerTb(double transfer, double requests) {

    public static CostPerTb of(PriceBook prices, long producedBytes, long crossZoneBytes, long puts, long gets) {
        if (producedBytes <= 0) {
            return new CostPerTb(0, 0);
        }
        double scale = 1e12 / producedBytes;
        return new CostPerTb(
                crossZoneBytes * prices.transferPerByte() * scale,
                (puts * prices.perPut() + gets * prices.perGet()) * scale);
    }

    public double total() {
        return transfer + requests;
    }
}
