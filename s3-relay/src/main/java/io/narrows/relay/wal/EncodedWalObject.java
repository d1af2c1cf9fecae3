package io.narrows.relay.wal;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** A WAL object ready for upload. Owns {@code body}; {@code pointers} are in the order in which the blocks were given. */
public record EncodedWalObject(WalObjectId id, ByteBuf body, List<Pointer> pointers) {
    public EncodedWalObject {
        pointers = List.copyOf(pointers);
    }
}
