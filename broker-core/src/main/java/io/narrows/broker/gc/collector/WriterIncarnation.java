package io.narrows.broker.gc.collector;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.WalObjectId;
import java.util.Comparator;

/** One start of a writer; ordered as the keys of its objects are. */
public record WriterIncarnation(String writer, long incarnation) implements Comparable<WriterIncarnation> {
    private static final Comparator<WriterIncarnation> ORDER =
            Comparator.comparing(WriterIncarnation::writer).thenComparingLong(WriterIncarnation::incarnation);

    public WriterIncarnation {
        Checks.argument(WalObjectId.isWriter(writer) && incarnation >= 0, "not an incarnation of a writer");
    }

    public static WriterIncarnation of(WalObjectId object) {
        return new WriterIncarnation(object.writer(), object.incarnation());
    }

    public WalObjectId object(long sequence) {
        return new WalObjectId(writer, incarnation, sequence);
    }

    /** The prefix of the keys of its objects. */
    public String prefix() {
        return WalObjectId.prefix(writer, incarnation);
    }

    @Override
    public int compareTo(WriterIncarnation other) {
        return ORDER.compare(this, other);
    }
}
