package io.narrows.cli.verify;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks the records of one partition as one group of readers gets them. Guarded by its own monitor, because after a
 * rebalance another consumer may go on where one stopped; offsets that come again are then told from duplicates.
 */
final class PartitionCheck {
    private final int partition;
    private final Ledger ledger;
    private final RecordStamp.Slab slab;
    private final List<SeenTrack> tracks = new ArrayList<>();
    private long lastOffset = -1;
    private long redelivered;
    private long corrupt;
    private long foreign;

    PartitionCheck(int partition, Ledger ledger, RecordStamp.Slab slab) {
        this.partition = partition;
        this.ledger = ledger;
        this.slab = slab;
        for (int i = 0; i < ledger.producers(); i++) {
            tracks.add(new SeenTrack());
        }
    }

    synchronized void observe(long offset, byte[] value) {
        if (offset <= lastOffset) {
            redelivered++;
            return;
        }
        lastOffset = offset;
        if (!RecordStamp.isOfRun(value, slab.runId())) {
            foreign++;
            return;
        }
        RecordStamp.Stamp stamp = RecordStamp.read(value);
        if (!ledger.knows(stamp) || stamp.partition() != partition || !RecordStamp.isIntact(slab, stamp, value)) {
            corrupt++;
            return;
        }
        tracks.get(stamp.producer()).observe(stamp.sequence());
    }

    synchronized Verdict verdict() {
        Verdict sum = new Verdict(0, 0, 0, 0, corrupt, 0, foreign, redelivered);
        for (int producer = 0; producer < tracks.size(); producer++) {
            SeenTrack seen = tracks.get(producer);
            SentTrack sent = ledger.track(producer, partition);
            sum = sum.plus(new Verdict(
                    seen.seen(),
                    seen.lost(sent),
                    seen.duplicated(),
                    seen.misordered(),
                    0,
                    seen.abortedSeen(sent),
                    0,
                    0));
        }
        return sum;
    }
}
