package io.narrows.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What Linux has counted for a process.
 *
 * @param cpuSeconds of all its threads, in user and kernel mode, in steps of 10 ms
 * @param residentBytes of memory at the moment
 */
record ProcessStat(double cpuSeconds, long residentBytes) {
    /** The kernel's unit of times in /proc; fixed on every architecture that Linux has for servers. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER_TIME_FIELD = 14;
    private static final int SYSTEM_TIME_FIELD = 15;

    static ProcessStat of(long pid) {
        Path directory = Path.of("/proc", Long.toString(pid));
        try {
            return parse(Files.readString(directory.resolve("stat")), Files.readAllLines(directory.resolve("status")));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    static ProcessStat parse(String stat, List<String> status) {
        // The second field is a name in parentheses, which may hold spaces and parentheses itself.
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
        long ticks = Long.parseLong(afterName[USER_TIME_FIELD - 3]) + Long.parseLong(afterName[SYSTEM_TIME_FIELD - 3]);
        long resident = status.stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElse(0);
        return new ProcessStat(ticks / TICKS_PER_SECOND, resident);
    }

    ProcessStat plus(ProcessStat other) {
        return new ProcessStat(cpuSeconds + other.cpuSeconds, residentBytes + other.residentBytes);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f CPU s, %d MiB", cpuSeconds, residentBytes >> 20);
    }
}
