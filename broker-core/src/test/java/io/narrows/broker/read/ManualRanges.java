package io.narrows.broker.read;

import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.StoredRange;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Ranges that a test answers one by one, in the order in which they were asked for; it knows which are still held. */
final class ManualRanges implements RangeReader {
    final List<CompletableFuture<ByteBuf>> pending = new ArrayList<>();
    private final List<ByteBuf> given = new ArrayList<>();
    /** What is found in the cache, whatever is asked for. */
    @Nullable
    ByteBuf cached;

    void answer(ByteBuffer bytes) {
        answer(0, bytes);
    }

    void answerSome(Random random, ByteBuffer bytes) {
        if (!pending.isEmpty()) {
            answer(random.nextInt(pending.size()), bytes);
        }
    }

    private void answer(int which, ByteBuffer bytes) {
        ByteBuf buffer = buffer(bytes);
        if (!pending.remove(which).complete(buffer)) {
            buffer.release();
        }
    }

    ByteBuf buffer(ByteBuffer bytes) {
        ByteBuf buffer = Unpooled.copiedBuffer(bytes);
        given.add(buffer);
        return buffer;
    }

    void fail() {
        pending.remove(0).completeExceptionally(new ObjectStoreException(Kind.UNAVAILABLE, "by the test", null));
    }

    void failSome(Random random) {
        if (!pending.isEmpty()) {
            pending.remove(random.nextInt(pending.size()))
                    .completeExceptionally(new ObjectStoreException(Kind.UNAVAILABLE, "by the test", null));
        }
    }

    long heldBuffers() {
        return given.stream().filter(buffer -> buffer.refCnt() > 0).count();
    }

    @Override
    public List<CompletableFuture<ByteBuf>> read(List<? extends StoredRange> ranges) {
        List<CompletableFuture<ByteBuf>> asked =
                ranges.stream().map(range -> new CompletableFuture<ByteBuf>()).toList();
        pending.addAll(asked);
        return asked;
    }

    @Override
    public @Nullable ByteBuf cached(StoredRange range) {
        return cached == null ? null : cached.retainedDuplicate();
    }

    @Override
    public void offer(StoredRange range, ByteBuf bytes) {}

    @Override
    public void prefetch(List<? extends StoredRange> ranges) {}

    @Override
    public void close() {}
}
