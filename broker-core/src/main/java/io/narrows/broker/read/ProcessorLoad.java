package io.narrows.broker.read;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How busy the processors are that this process may use, in a container those of the container. The JVM measures from one question
 * to the next, so there is one of these in a process, and it asks only so often. Thread-safe.
 */
public final class ProcessorLoad {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(150);
    private static final ProcessorLoad OF_PROCESS = new ProcessorLoad();

    private long askedAtNanos;
    private boolean asked;
    private double load;

    private ProcessorLoad() {}

    /** From 0 to 1 since the last question, which is some 100 ms ago at least; 0 where the JVM can not tell. */
    public static double now(LongSupplier nanoClock) {
        return OF_PROCESS.at(nanoClock.getAsLong());
    }

    private synchronized double at(long nowNanos) {
        if (!asked || nowNanos - askedAtNanos >= PERIOD_NANOS) {
            asked = true;
            askedAtNanos = nowNanos;
            if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
                load = Math.max(0, system.getCpuLoad());
            }
        }
        return load;
    }
}
