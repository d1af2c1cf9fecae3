package io.narrows.relay.price;

/**
 * From how many bytes on it is cheaper to put batches in the object store once than to carry them from zone to zone.
 *
 * <p>A byte that is staged saves one transfer for each <em>hop</em> between zones that it no longer makes: from proxy
 * to leader if these are in different zones, and from the leader to each follower in another zone. Staging costs one
 * PUT, one GET per leader that has to fetch its range, and one GET per other zone in which the object is read later. So
 * it pays when
 *
 * <pre>
 *   bytes * hops * transferPerByte  >  perPut + gets * perGet
 * </pre>
 *
 * <p>At AWS prices with three zones, replication factor 3, two remote leaders and two follower zones that is
 * (5e-6 + 4 * 4e-7) / (3 * 2e-11) = 110,000 bytes, 107 KiB; without replication and with one leader it is
 * (5e-6 + 4e-7) / 2e-11 = 270,000 bytes, 264 KiB.
 *
 * @param gets GETs that one object will cause: leaders that fetch plus follower zones that read
 */
public record BreakEven(PriceBook prices, int gets) {
    /** What never pays. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Dollars that one object costs in requests. */
    public double requestDollars() {
        return prices.perPut() + gets * prices.perGet();
    }

    /** Bytes times hops from which on an object pays; {@link #NEVER} where zones are free of charge. */
    public long hopBytes() {
        return prices.zonesAreFree() ? NEVER : (long) Math.ceil(requestDollars() / prices.transferPerByte());
    }

    /** Bytes from which on an object pays, when each of its bytes saves {@code hops} transfers. */
    public long bytes(int hops) {
        return prices.zonesAreFree() || hops <= 0
                ? NEVER
                : (long) Math.ceil(requestDollars() / (hops * prices.transferPerByte()));
    }
}
