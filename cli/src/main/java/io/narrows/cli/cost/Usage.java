package io.narrows.cli.cost;

import io.narrows.cli.cost.ZoneFlow.Kind;
import java.util.List;

/**
 * What one system used for what was produced.
 *
 * @param producedBytes of batches, as producers sent them
 * @param flows bytes between and inside zones, each byte once
 */
public record Usage(SystemKind system, Basis basis, long producedBytes, List<ZoneFlow> flows, StoreUse store) {
    public Usage {
        flows = List.copyOf(flows);
    }

    /** Bytes between zones. */
    public long crossBytes() {
        return flows.stream()
                .filter(ZoneFlow::crosses)
                .mapToLong(ZoneFlow::bytes)
                .sum();
    }

    public long crossBytes(Kind kind) {
        return flows.stream()
                .filter(flow -> flow.crosses() && flow.kind() == kind)
                .mapToLong(ZoneFlow::bytes)
                .sum();
    }

    /** Bytes from one zone to another, whatever carried them. */
    public long crossBytes(String from, String to) {
        return flows.stream()
                .filter(flow ->
                        flow.crosses() && flow.from().equals(from) && flow.to().equals(to))
                .mapToLong(ZoneFlow::bytes)
                .sum();
    }

    /** Whether the flows say between which zones they were. */
    public boolean knowsZones() {
        return !flows.isEmpty() && flows.stream().noneMatch(flow -> flow.from().equals(ZoneFlow.ANY));
    }

    /** Bytes between zones for each byte produced. */
    public double crossShare() {
        return producedBytes == 0 ? 0 : (double) crossBytes() / producedBytes;
    }
}
