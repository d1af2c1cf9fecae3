package io.narrows.bench.jmh;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.PointerCodec;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The pointer codec. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PointerBenchmark {
    private final Pointer pointer = Samples.pointer(64 << 10);
    private final ByteBuffer out = ByteBuffer.allocate(PointerCodec.MAX_BYTES);
    private final ByteBuffer encoded = encoded();

    private ByteBuffer encoded() {
        ByteBuffer buffer = ByteBuffer.allocate(PointerCodec.MAX_BYTES);
        PointerCodec.write(pointer, buffer);
        return buffer.flip();
    }

    @Benchmark
    public ByteBuffer write() {
        out.clear();
        PointerCodec.write(pointer, out);
        return out;
    }

    @Benchmark
    public Pointer read() {
        return PointerCodec.read(encoded.rewind());
    }
}
