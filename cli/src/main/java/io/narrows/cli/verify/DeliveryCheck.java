package io.narrows.cli.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks everything that one group of readers reads against the {@link Ledger}. Thread-safe. */
public final class DeliveryCheck {
    private static final byte[] NOTHING = {};

    private final List<PartitionCheck> partitions = new ArrayList<>();
    private final LongAdder records = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    public DeliveryCheck(Ledger ledger, RecordStamp.Slab slab) {
        for (int partition = 0; partition < ledger.partitions(); partition++) {
            partitions.add(new PartitionCheck(partition, ledger, slab));
        }
    }

    public void observe(int partition, long offset, byte @Nullable [] value) {
        byte[] bytesRead = value == null ? NOTHING : value;
        partitions.get(partition).observe(offset, bytesRead);
        records.increment();
        bytes.add(bytesRead.length);
    }

    /** Records read so far, whatever they are. */
    public long records() {
        return records.sum();
    }

    public long bytes() {
        return bytes.sum();
    }

    /** What was found; call it when producers and readers have ended. */
    public Verdict verdict() {
        return verdict(IntStream.range(0, partitions.size()).boxed().toList());
    }

    /** The same for some partitions, when the others are read elsewhere. */
    public Verdict verdict(List<Integer> some) {
        Verdict sum = Verdict.EMPTY;
        for (int partition : some) {
            sum = sum.plus(partitions.get(partition).verdict());
        }
        return sum;
    }
}
