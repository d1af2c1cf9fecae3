package io.narrows.broker.stage;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.relay.InlineStaging;
import io.narrows.broker.stage.CircuitBreaker.Permit;
import io.narrows.broker.stage.StageMetrics.Inline;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.wal.FlushWindow;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit of batches that reached the leader as bytes: a batch waits for its window's PUT only if staging pays at
 * the present rate and S3 is well; otherwise it is appended inline with no delay. {@link #stage} may be called from any
 * thread and decides there; windows and timers belong to the loop. Borrows a batch until its outcome is known and
 * uploads a copy.
 */
public final class Stager implements InlineStaging, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Stager.class);
    private static final long PROBE_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_WINDOW_ITEMS = 16_384;
    private static final int HEADER_BYTES = 61;
    private static final int LENGTH_AT = 8;
    private static final int MAGIC_AT = 16;
    private static final int ATTRIBUTES_AT = 21;
    private static final int CONTROL_BIT = 0x20;

    private final StageSettings settings;
    private final int brokerId;
    private final Loop loop;
    private final Dependencies dependencies;
    private final StageMetrics metrics;
    private final MemoryBudget parked;
    private final RelayHopRate rate;
    private final CircuitBreaker breaker = new CircuitBreaker(PROBE_INTERVAL_NANOS);
    private final long breakEvenHopBytes;

    // Owned by the loop.
    private final FlushWindow<Parked> window;
    private final Set<Parked> undecided = new LinkedHashSet<>();

    private volatile boolean closed;

    /** What staging works with; none of it is owned. */
    public record Dependencies(WalWriter writer, RangeReader cache, StageTargets targets) {}

    public Stager(StageSettings settings, int brokerId, Loop loop, Dependencies dependencies, MetricRegistry registry) {
        this.settings = settings;
        this.brokerId = brokerId;
        this.loop = loop;
        this.dependencies = dependencies;
        this.metrics = new StageMetrics(registry);
        this.parked = MemoryBudget.of(settings.memoryBytes());
        this.rate = new RelayHopRate(loop.nanoTime());
        this.breakEvenHopBytes = settings.breakEvenHopBytes();
        StageSettings.Window size = settings.window();
        this.window = new FlushWindow<>(
                loop,
                new FlushWindow.Limits(size.sizeBytes(), 2 * size.sizeBytes(), MAX_WINDOW_ITEMS, size.lingerNanos(), 0),
                (item, bytes, pendingBytes) -> size.lingerNanos(),
                dependencies.writer(),
                this::write);
        metrics.gauges(parked::usedBytes, () -> breaker.isOpen() ? 1 : 0);
    }

    @Override
    public @Nullable CompletableFuture<Outcome> stage(Target target, ByteBuffer batch, int timeoutMs) {
        int length = batch.remaining();
        if (closed || settings.mode() == LinkMode.NEVER || length < settings.minBatchBytes() || !isDataBatch(batch)) {
            return null;
        }
        int remoteFollowers = dependencies.targets().remoteFollowers(target);
        if (remoteFollowers < 0) {
            return null;
        }
        long now = loop.nanoTime();
        if (!pays((double) length * remoteFollowers, now)) {
            return inline(Inline.POLICY);
        }
        Permit permit = breaker.permit(now);
        if (permit != Permit.STAGE) {
            if (permit == Permit.PROBE) {
                probe(target, batch);
            }
            return inline(Inline.BREAKER);
        }
        if (!parked.tryReserve(2L * length)) {
            return inline(Inline.MEMORY);
        }
        Parked item = new Parked(target, batch.slice(), now);
        long waitMs = Math.max(1, Math.min(settings.timeoutMs(), timeoutMs / 2));
        loop.execute(() -> add(item, TimeUnit.MILLISECONDS.toNanos(waitMs)));
        return item.outcome;
    }

    /** Lets everything that waits go on inline. */
    @Override
    public void close() {
        closed = true;
        loop.execute(() -> List.copyOf(undecided).forEach(item -> giveUp(item, Inline.REFUSED)));
    }

    private boolean pays(double hopBytes, long now) {
        double hopBytesPerSecond = rate.add(hopBytes, now);
        return settings.mode() == LinkMode.ALWAYS
                || hopBytesPerSecond * settings.window().lingerMs() / 1000 >= breakEvenHopBytes;
    }

    private @Nullable CompletableFuture<Outcome> inline(Inline reason) {
        metrics.inline(reason);
        return null;
    }

    private void add(Parked item, long waitNanos) {
        if (closed) {
            parked.release(2L * item.length());
            metrics.inline(Inline.REFUSED);
            item.complete(new Outcome(null));
            return;
        }
        undecided.add(item);
        item.deadline = loop.schedule(waitNanos, () -> timedOut(item));
        window.add(item, item.length());
    }

    private void timedOut(Parked item) {
        failed(Inline.TIMEOUT, "deadline exceeded");
        giveUp(item, Inline.TIMEOUT);
    }

    private void failed(Inline reason, String message) {
        if (breaker.failed(loop.nanoTime())) {
            metrics.breakerOpened();
            LOG.atWarn()
                    .addKeyValue("reason", reason)
                    .addKeyValue("message", message)
                    .log("The circuit breaker of staging opened; batches are appended inline until a probe succeeds");
        }
    }

    /** The batch is appended inline; an upload in flight has its own copy, whose memory counts until it ends. */
    private void giveUp(Parked item, Inline reason) {
        if (undecided.remove(item)) {
            item.cancelDeadline();
            metrics.inline(reason);
            if (!item.uploading) {
                parked.release(2L * item.length());
            }
            item.complete(new Outcome(null));
        }
    }

    private void write(List<Parked> items, long bytes, CloseReason reason) {
        List<Parked> waiting = new ArrayList<>(items.size());
        for (Parked item : items) {
            if (undecided.contains(item)) {
                waiting.add(item);
            }
        }
        if (reason == CloseReason.STALLED) {
            waiting.forEach(item -> giveUp(item, Inline.REFUSED));
            return;
        }
        if (waiting.isEmpty()) {
            return;
        }
        metrics.window();
        List<WalBlock> blocks = new ArrayList<>(waiting.size());
        for (Parked item : waiting) {
            item.uploading = true;
            blocks.add(block(item.target, item.batch));
        }
        CompletableFuture<Void> unused = dependencies.writer().write(blocks).handle((pointers, failure) -> {
            loop.execute(() -> written(waiting, pointers, failure));
            return null;
        });
    }

    private void written(List<Parked> items, @Nullable List<Pointer> pointers, @Nullable Throwable failure) {
        if (pointers == null) {
            failed(Inline.FAILED, String.valueOf(failure));
            for (Parked item : items) {
                giveUp(item, Inline.FAILED);
                parked.release(2L * item.length());
            }
        } else {
            int linked = 0;
            for (int i = 0; i < items.size(); i++) {
                linked += staged(items.get(i), pointers.get(i)) ? 1 : 0;
                parked.release(2L * items.get(i).length());
            }
            if (linked == 0) {
                metrics.lateWindow();
            }
        }
        window.wake();
    }

    private boolean staged(Parked item, Pointer pointer) {
        if (!undecided.remove(item)) {
            return false;
        }
        item.cancelDeadline();
        metrics.staged(item.length(), loop.nanoTime() - item.arrivedAt);
        ByteBuf view = Unpooled.wrappedBuffer(item.batch.duplicate());
        dependencies.cache().offer(pointer, view);
        boolean unused = view.release();
        item.complete(new Outcome(pointer));
        return true;
    }

    /** Writes the batch, so that the batch itself need not wait; the object will be an orphan. */
    private void probe(Target target, ByteBuffer batch) {
        metrics.probe();
        CompletableFuture<Void> unused = dependencies
                .writer()
                .write(List.of(block(target, batch)))
                .handle((pointers, failure) -> {
                    breaker.probed(failure == null, loop.nanoTime());
                    return null;
                });
    }

    /** Copies the batch: a hedged or abandoned PUT may read it when Kafka's validation already writes into it. */
    private WalBlock block(Target target, ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch.duplicate());
        ByteBuf copy =
                PooledByteBufAllocator.DEFAULT.directBuffer(batch.remaining()).writeBytes(batch.duplicate());
        return new WalBlock(target.topicId(), target.partition(), brokerId, copy, (int) crc.getValue());
    }

    /** One whole batch of the present format that is not a control batch; Kafka's validation says the rest. */
    private static boolean isDataBatch(ByteBuffer batch) {
        int at = batch.position();
        return batch.remaining() >= HEADER_BYTES
                && batch.get(at + MAGIC_AT) == 2
                && batch.getInt(at + LENGTH_AT) == batch.remaining() - 12
                && (batch.getShort(at + ATTRIBUTES_AT) & CONTROL_BIT) == 0;
    }

    /** A batch that waits for S3. Owned by the loop, except its outcome. */
    private static final class Parked {
        private final Target target;
        private final ByteBuffer batch;
        private final long arrivedAt;
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private boolean uploading;
        private Loop.@Nullable Timer deadline;

        private Parked(Target target, ByteBuffer batch, long arrivedAt) {
            this.target = target;
            this.batch = batch;
            this.arrivedAt = arrivedAt;
        }

        private int length() {
            return batch.remaining();
        }

        private void complete(Outcome known) {
            boolean unused = outcome.complete(known);
        }

        private void cancelDeadline() {
            if (deadline != null) {
                deadline.cancel();
            }
        }
    }
}
