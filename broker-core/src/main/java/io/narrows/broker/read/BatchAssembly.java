package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.read.ReadPlan.Inline;
import io.narrows.broker.read.ReadPlan.Linked;
import io.narrows.broker.read.ReadPlan.Piece;
import io.narrows.broker.read.ReadPlan.Skipped;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Real batches of a plan in one buffer of the heap, for copies of segments. Stateless. */
public final class BatchAssembly {
    private BatchAssembly() {}

    /** Copies the pieces one after the other, up to the first link whose range is missing. Borrows the ranges. */
    public static ByteBuffer assemble(ReadPlan plan, List<ByteBuf> ranges) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(readableBytes(plan, ranges.size()));
        int nextRange = 0;
        for (Piece piece : plan.pieces()) {
            if (piece instanceof Inline inline) {
                copyInline(plan, inline, answer);
            } else if (piece instanceof Skipped skipped) {
                answer.put(skipped.emptyBatch().duplicate());
            } else if (piece instanceof Linked linked) {
                if (nextRange == ranges.size()) {
                    break;
                }
                copyLinked(linked, ranges.get(nextRange++), answer);
            }
        }
        return answer.flip();
    }

    /** Bytes of the pieces in front of the first link that has no range: nothing is allocated for what can not come. */
    private static int readableBytes(ReadPlan plan, int ranges) {
        int bytes = 0;
        int links = 0;
        for (Piece piece : plan.pieces()) {
            if (piece instanceof Linked && links++ == ranges) {
                break;
            }
            bytes += piece.realBytes();
        }
        return bytes;
    }

    private static void copyInline(ReadPlan plan, Inline inline, ByteBuffer answer) throws IOException {
        ByteBuffer place = answer.slice(answer.position(), inline.size());
        plan.file().readInto(place, inline.position());
        if (place.remaining() != inline.size()) {
            throw new UncheckedIOException(new IOException("the segment was truncated while it was read"));
        }
        answer.position(answer.position() + inline.size());
    }

    private static void copyLinked(Linked linked, ByteBuf range, ByteBuffer answer) {
        int at = answer.position();
        ByteBuffer place = answer.slice(at, linked.realBytes());
        range.getBytes(range.readerIndex(), place);
        linked.link().verify(answer, at);
        BatchHeader.assign(answer, at, linked.baseOffset(), linked.leaderEpoch());
        answer.position(at + linked.realBytes());
    }
}
