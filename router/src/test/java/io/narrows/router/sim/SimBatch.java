package io.narrows.router.sim;

import io.narrows.router.lane.ProducerSequence;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** The identity of a batch, as it is written in its bytes. */
record SimBatch(int id, long producerId, int sequence) {
    static final int BYTES = 16;

    ByteBuf toBytes(int length) {
        ByteBuf bytes = Unpooled.buffer(length);
        bytes.writeInt(id).writeLong(producerId).writeInt(sequence);
        bytes.writeZero(length - BYTES);
        return bytes;
    }

    static SimBatch of(ByteBuf bytes) {
        int at = bytes.readerIndex();
        return new SimBatch(bytes.getInt(at), bytes.getLong(at + 4), bytes.getInt(at + 12));
    }

    ProducerSequence producer() {
        return isIdempotent() ? new ProducerSequence(producerId, (short) 0, sequence) : ProducerSequence.NONE;
    }

    boolean isIdempotent() {
        return producerId >= 0;
    }
}
