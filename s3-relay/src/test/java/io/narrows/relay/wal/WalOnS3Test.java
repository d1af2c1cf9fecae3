package io.narrows.relay.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.CachingRangeReader;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.range.RangeReaderLimits;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.Operation;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Writer and reader together over HTTP, with requests counted at the server. */
@ExtendWith(LeakDetection.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WalOnS3Test {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final EmbeddedS3Server server = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private final MetricRegistry registry = new MetricRegistry();
    private final S3ObjectStore store = S3ObjectStore.open(
            S3Settings.at(server.endpoint(), "bucket", new S3Settings.Credentials("access", "secret")),
            new StoreMetrics(registry, "store"));
    private final DefaultEventExecutor timers = new DefaultEventExecutor();
    private final NettyLoop loop = new NettyLoop(timers);
    private final PipelinedWalWriter writer = new PipelinedWalWriter(
            store,
            new PipelinedWalWriter.Identity("proxy-a", Incarnation.fresh(loop.wallTimeMs(), new Random(1))),
            new WalWriterLimits(4, 1_000, 50, 16, TimeUnit.SECONDS.toNanos(20)),
            loop,
            new WalMetrics(registry));
    private final CachingRangeReader reader = new CachingRangeReader(
            store, RangeReaderLimits.withCache(32 << 20), loop, new RangeMetrics(registry, "tail"));

    @AfterAll
    void stop() {
        reader.close();
        writer.close();
        store.close();
        server.close();
        timers.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }

    @Test
    void everyWindowIsOnePutAndOneGetAndItsBytesComeBack() {
        server.createBucket("bucket");
        Random random = new Random(7);
        List<List<byte[]>> contents = new ArrayList<>();
        List<CompletableFuture<List<Pointer>>> windows = new ArrayList<>();
        for (int window = 0; window < 12; window++) {
            List<WalBlock> blocks = Blocks.random(random, 40, 20_000);
            contents.add(blocks.stream()
                    .map(block -> ByteBufUtil.getBytes(block.bytes()))
                    .toList());
            windows.add(writer.write(blocks));
        }

        for (int window = 0; window < windows.size(); window++) {
            List<Pointer> pointers = Await.result("window", LIMIT, windows.get(window));
            List<CompletableFuture<ByteBuf>> reads = reader.read(pointers);
            for (int i = 0; i < pointers.size(); i++) {
                ByteBuf bytes = Await.result("range", LIMIT, reads.get(i));
                assertThat(ByteBufUtil.getBytes(bytes))
                        .isEqualTo(contents.get(window).get(i));
                bytes.release();
            }
        }

        assertThat(server.counters().requests(Operation.PUT)).isEqualTo(12);
        assertThat(server.counters().requests(Operation.GET)).isEqualTo(12);
        Pointer last = windows.get(11).join().get(0);
        WalIndex index = Await.result("index", LIMIT, WalObjectReader.index(store, last.object()));
        assertThat(index.entries())
                .extracting(entry -> entry.pointer(last.object()))
                .contains(last);
    }
}
