package io.narrows.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * JUnit extension ({@code @ExtendWith(LeakDetection.class)}) that fails a test class when Netty's leak detector reports
 * a buffer that was collected without having been released. At the end of the class it provokes a collection and makes
 * the detector look. A buffer that is merely kept reachable is not found, and each leaking place is reported once per
 * process. Classes that use it do not run in parallel.
 */
public final class LeakDetection implements BeforeAllCallback, AfterAllCallback {
    private static final ConcurrentLinkedQueue<String> REPORTS = new ConcurrentLinkedQueue<>();

    static {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBufUtil.setLeakListener((resourceType, records) -> REPORTS.add(resourceType + records));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        List<String> earlier = collect();
        if (!earlier.isEmpty()) {
            throw new AssertionError("leaked before " + context.getDisplayName() + ": " + earlier);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<String> leaks = collect();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " buffers leaked: " + String.join("\n", leaks));
        }
    }

    /** Collects garbage and returns the leaks reported since the last call. */
    static List<String> collect() {
        for (int round = 0; round < 2; round++) {
            collectGarbage();
            // The detector looks at its reference queue when a buffer is allocated.
            ByteBuf probe = UnpooledByteBufAllocator.DEFAULT.directBuffer(1);
            boolean unused = probe.release();
        }
        List<String> reports = new ArrayList<>();
        for (String report = REPORTS.poll(); report != null; report = REPORTS.poll()) {
            reports.add(report);
        }
        return reports;
    }

    /** Returns once references that this collection cleared have reached their queues, which happens after it. */
    private static void collectGarbage() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> canary = new WeakReference<>(new Object(), queue);
        Await.until("garbage collection", Duration.ofSeconds(10), () -> {
            System.gc();
            return queue.poll() == canary;
        });
    }
}
