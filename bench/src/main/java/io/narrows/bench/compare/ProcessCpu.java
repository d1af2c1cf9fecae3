package io.narrows.bench.compare;

/** CPU time of a process, for other benchmarks. Stateless. */
public final class ProcessCpu {
    private ProcessCpu() {}

    /** Of all its threads so far, in steps of 10 ms. */
    public static double seconds(long pid) {
        return ProcessStat.of(pid).cpuSeconds();
    }
}
