package io.narrows.bench.jmh;

import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.wal.EncodedWalObject;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalIndex;
import io.narrows.relay.wal.WalObjectEncoder;
import io.narrows.relay.wal.WalObjectReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Encoding a window of 64 KiB batches as a WAL object, reading an object's index, and the CRC32C of a batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WalObjectBenchmark {
    private static final UUID TOPIC = new UUID(1, 2);

    @Param({"16", "64"})
    int blocks;

    private final WalObjectId id = new WalObjectId("proxy-a", 1, 2);
    private final ByteBuf batch = Unpooled.directBuffer().writeBytes(Samples.batch(64 << 10));
    private final int crc32c = Crc32c.of(batch);
    private ByteBuf object = Unpooled.EMPTY_BUFFER;

    @Setup
    public void encodeOnce() {
        EncodedWalObject encoded = encode();
        object = Unpooled.copiedBuffer(encoded.body());
        boolean unused = encoded.body().release();
    }

    @TearDown
    public void free() {
        boolean unusedObject = object.release();
        boolean unusedBatch = batch.release();
    }

    @Benchmark
    public int encodeWindow() {
        EncodedWalObject encoded = encode();
        int bytes = encoded.body().readableBytes();
        boolean unused = encoded.body().release();
        return bytes;
    }

    @Benchmark
    public WalIndex readIndex() {
        return WalObjectReader.index(object, object.readableBytes());
    }

    @Benchmark
    public int crcOfBatch() {
        return Crc32c.of(batch);
    }

    private EncodedWalObject encode() {
        List<WalBlock> window = new ArrayList<>(blocks);
        for (int block = 0; block < blocks; block++) {
            window.add(new WalBlock(TOPIC, block % 12, block % 3, batch.retainedDuplicate(), crc32c));
        }
        return WalObjectEncoder.encode(id, window, PooledByteBufAllocator.DEFAULT);
    }
}
