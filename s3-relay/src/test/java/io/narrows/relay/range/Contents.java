package io.narrows.relay.range;

import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Objects of random bytes cut into batches, and the pointers to these. */
final class Contents {
    final List<Pointer> pointers = new ArrayList<>();
    private final List<byte[]> objects = new ArrayList<>();

    Contents(ObjectStore store, Random random, int objectCount, int objectBytes, int maxBatchBytes) {
        for (int object = 0; object < objectCount; object++) {
            byte[] bytes = new byte[objectBytes];
            random.nextBytes(bytes);
            objects.add(bytes);
            WalObjectId id = new WalObjectId("w", 1, object);
            store.put(id.key(), Unpooled.wrappedBuffer(bytes));
            for (int at = 0; at < objectBytes; ) {
                int length = Math.min(objectBytes - at, 1 + random.nextInt(maxBatchBytes));
                int crc32c = Crc32c.of(Unpooled.wrappedBuffer(bytes, at, length));
                pointers.add(new Pointer(id, at, length, crc32c));
                at += length;
            }
        }
    }

    boolean matches(Pointer pointer, ByteBuf bytes) {
        byte[] object = objects.get((int) pointer.object().sequence());
        return bytes.equals(Unpooled.wrappedBuffer(object, pointer.position(), pointer.length()));
    }

    /** Between one and {@code atMost} pointers that follow each other, as a fetch names them. */
    List<Pointer> some(Random random, int atMost) {
        int from = random.nextInt(pointers.size());
        return pointers.subList(from, Math.min(pointers.size(), from + 1 + random.nextInt(atMost)));
    }

    ByteBuf bytes(Pointer pointer) {
        byte[] object = objects.get((int) pointer.object().sequence());
        return Unpooled.wrappedBuffer(object, pointer.position(), pointer.length());
    }
}
