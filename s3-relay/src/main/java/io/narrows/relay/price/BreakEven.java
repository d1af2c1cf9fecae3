package io.narrows.relay.price;

/**
 * From how many bytes on it is cheaper to put batches in the object store once than to carry them from zone to zone.
 *
 * <p>A byte that is staged saves one transfer for each <em>hop</em> between zones that it no longer makes: from proxy
 * to leader if these are in different zones, and from the leader to each follower in another zone. Staging costs one
 * PUT, one GET per leader that has to fetch its range, and one GET per other zone in which the object is read later; a
 * store with fees per byte also charges each byte once for its upload and once for every read. So it pays when
 *
 * <pre>
 *   bytes * (hops * transferPerByte - uploadPerByte - reads * retrievalPerByte)  >  perPut + gets * perGet
 * </pre>
 *
 * <p>At AWS prices with three zones, replication factor 3, two remote leaders and two follower zones that is
 * (5e-6 + 4 * 4e-7) / (3 * 2e-11) = 110,000 bytes, 107 KiB; without replication and with one leader it is
 * (5e-6 + 4e-7) / 2e-11 = 270,000 bytes, 264 KiB.
 *
 * @param gets GETs that one object will cause, on average: leaders that fetch plus brokers that read for consumers
 * @param reads how often each byte will be read, on average: leaders share the bytes between them, each follower zone
 *     with consumers reads them all
 */
public record BreakEven(PriceBook prices, double gets, double reads) {
    /** What never pays. */
    public static final long NEVER = Long.MAX_VALUE;

    /** When every GET may read the whole object, which is the most that staging can cost. */
    public BreakEven(PriceBook prices, double gets) {
        this(prices, gets, gets);
    }

    /** Dollars that one object costs in requests. */
    public double requestDollars() {
        return prices.perPut() + gets * prices.perGet();
    }

    /** Dollars that each staged byte costs, whatever the size of its object; 0 where only requests cost. */
    public double feesPerByte() {
        return prices.uploadPerByte() + reads * prices.retrievalPerByte();
    }

    /** Dollars that staging saves; negative when sending the bytes is cheaper. */
    public double savedDollars(long bytes, long hopBytes) {
        return hopBytes * prices.transferPerByte() - bytes * feesPerByte() - requestDollars();
    }

    /**
     * Bytes times hops from which on an object pays; {@link #NEVER} where zones are free of charge. Where bytes have
     * fees, each byte is taken to save one hop only: that may send a window directly that would just have paid, and
     * never stages one that does not pay.
     */
    public long hopBytes() {
        return bytes(1);
    }

    /** Bytes from which on an object pays, when each of its bytes saves {@code hops} transfers. */
    public long bytes(int hops) {
        double savedPerByte = hops * prices.transferPerByte() - feesPerByte();
        return hops <= 0 || savedPerByte <= 0 ? NEVER : (long) Math.ceil(requestDollars() / savedPerByte);
    }
}
