package io.narrows.cli.cost;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything a source found.
 *
 * @param systems what each system used, at most one usage per system
 */
public record Measurement(Origin origin, List<Usage> systems, Details details) {
    /**
     * Where the figures are from.
     *
     * @param source one line that says it
     * @param seconds how long was measured; 0 when that is not known, and then nothing has a rate
     * @param notes sentences: what is assumed, and which figure is missing and why
     */
    public record Origin(String source, double seconds, List<String> notes) {
        public Origin {
            notes = List.copyOf(notes);
        }
    }

    /**
     * What not every source has; empty where it does not.
     *
     * @param topology how many zones there are and how many transfers an object saves
     */
    public record Details(
            List<Attribution> topics,
            List<Attribution> clients,
            @Nullable ObjectSizes objectSizes,
            List<AckLatency> latencies,
            Topology topology) {
        public Details {
            topics = List.copyOf(topics);
            clients = List.copyOf(clients);
            latencies = List.copyOf(latencies);
        }

        public static Details none() {
            return new Details(List.of(), List.of(), null, List.of(), Topology.THREE_ZONES);
        }
    }

    /** Zones, and the zones in which each partition has a replica. */
    public record Topology(int zones, int replicaZones) {
        public static final Topology THREE_ZONES = new Topology(3, 3);
    }

    public Measurement {
        systems = List.copyOf(systems);
    }

    public Optional<Usage> usage(SystemKind system) {
        return systems.stream().filter(usage -> usage.system() == system).findFirst();
    }
}
