package io.narrows.bench.zones;

import java.util.List;

/** Ends what a run left behind that was itself killed: its processes, which live in its namespaces, and these. Stateless. */
final class Leftovers {
    private Leftovers() {}

    /** Names of namespaces that were removed. */
    static List<String> remove() {
        List<String> dead = Shell.run("ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ", 2)[0])
                .filter(Leftovers::isOrphan)
                .toList();
        dead.forEach(Leftovers::delete);
        return dead;
    }

    private static boolean isOrphan(String namespace) {
        return RunName.parse(namespace).map(run -> !run.isAlive()).orElse(false);
    }

    /** Processes in a namespace of ours were started there by us. */
    static void delete(String namespace) {
        Shell.Outcome inside = Shell.attempt(List.of("ip", "netns", "pids", namespace));
        if (inside.exitCode() == 0) {
            inside.output()
                    .lines()
                    .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid.strip())).stream())
                    .forEach(ProcessHandle::destroyForcibly);
        }
        Shell.Outcome unused = Shell.attempt(List.of("ip", "netns", "del", namespace));
    }
}
