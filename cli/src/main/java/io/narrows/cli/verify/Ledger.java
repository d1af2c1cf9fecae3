package io.narrows.cli.verify;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What all producers of a run sent, by producer and partition; the truth that readers are checked against. Thread-safe.
 */
public final class Ledger {
    private final int partitions;
    private final List<SentTrack> tracks;

    public Ledger(int producers, int partitions) {
        this.partitions = partitions;
        this.tracks = new ArrayList<>(producers * partitions);
        for (int i = 0; i < producers * partitions; i++) {
            tracks.add(new SentTrack());
        }
    }

    public RecordStamp.Stamp next(int producer, int partition) {
        return new RecordStamp.Stamp(
                producer, partition, track(producer, partition).next());
    }

    public void acknowledged(RecordStamp.Stamp stamp) {
        track(stamp.producer(), stamp.partition()).acknowledged();
    }

    public void uncertain(RecordStamp.Stamp stamp) {
        track(stamp.producer(), stamp.partition()).uncertain(stamp.sequence());
    }

    public void aborted(RecordStamp.Stamp stamp) {
        track(stamp.producer(), stamp.partition()).aborted(stamp.sequence());
    }

    /** Records of producers from one index to before another. */
    public Sums sums(int fromProducer, int toProducer) {
        Sums sums = new Sums(0, 0, 0);
        for (SentTrack track : tracks.subList(fromProducer * partitions, toProducer * partitions)) {
            sums = sums.plus(new Sums(track.sent(), track.acknowledgedCount(), track.uncertainCount()));
        }
        return sums;
    }

    /** Records that were sent, and of them those that were acknowledged and those of unknown outcome. */
    public record Sums(long sent, long acknowledged, long uncertain) {
        public Sums plus(Sums other) {
            return new Sums(sent + other.sent, acknowledged + other.acknowledged, uncertain + other.uncertain);
        }
    }

    /** Acknowledged records of one producer in one partition. */
    public long acknowledgedCount(int producer, int partition) {
        return track(producer, partition).acknowledgedCount();
    }

    /** What producers from one index to before another have sent, as lines for {@link #restore}. */
    public String export(int fromProducer, int toProducer) {
        StringBuilder lines = new StringBuilder();
        for (int producer = fromProducer; producer < toProducer; producer++) {
            for (int partition = 0; partition < partitions; partition++) {
                SentTrack track = track(producer, partition);
                lines.append(producer).append(' ').append(partition).append(' ').append(track.sent());
                track.uncertainCopy().stream()
                        .forEach(sequence -> lines.append(' ').append(sequence));
                lines.append('\n');
            }
        }
        return lines.toString();
    }

    /** Takes over what another process exported. Aborted transactions are not told. */
    public void restore(String exported) {
        exported.lines().forEach(line -> {
            String[] fields = line.split(" ", -1);
            BitSet uncertain = new BitSet();
            for (int i = 3; i < fields.length; i++) {
                uncertain.set(Integer.parseInt(fields[i]));
            }
            track(Integer.parseInt(fields[0]), Integer.parseInt(fields[1]))
                    .restore(Long.parseLong(fields[2]), uncertain);
        });
    }

    int producers() {
        return tracks.size() / partitions;
    }

    int partitions() {
        return partitions;
    }

    SentTrack track(int producer, int partition) {
        return tracks.get(producer * partitions + partition);
    }

    boolean knows(RecordStamp.Stamp stamp) {
        return stamp.producer() >= 0
                && stamp.producer() < producers()
                && stamp.partition() >= 0
                && stamp.partition() < partitions
                && stamp.sequence() >= 0
                && stamp.sequence() <= Integer.MAX_VALUE - 1;
    }
}
