package io.narrows.relay.wal;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import java.util.List;
import java.util.UUID;

/** What a WAL object says it holds: its blocks in the order of their positions, without gaps between them. */
public record WalIndex(long objectBytes, List<Entry> entries) {
    public WalIndex {
        entries = List.copyOf(entries);
    }

    /** One block of the object. */
    public record Entry(UUID topicId, int partition, int position, int length, int crc32c) {
        public Pointer pointer(WalObjectId object) {
            return new Pointer(object, position, length, crc32c);
        }
    }
}
