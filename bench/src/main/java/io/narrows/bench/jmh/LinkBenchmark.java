package io.narrows.bench.jmh;

import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Building a link for a validated batch, and reading it back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LinkBenchmark {
    private final ByteBuffer batch = Samples.batch(64 << 10);
    private final Pointer pointer = Samples.pointer(batch.remaining());
    private final ByteBuffer link = LinkBatch.write(batch, 0, pointer);

    @Benchmark
    public ByteBuffer write() {
        return LinkBatch.write(batch, 0, pointer);
    }

    @Benchmark
    public LinkBatch read() {
        return LinkBatch.read(link, 0);
    }
}
