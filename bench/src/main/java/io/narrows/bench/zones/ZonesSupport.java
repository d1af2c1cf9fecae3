package io.narrows.bench.zones;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whether zones can be network namespaces here. Stateless. */
public final class ZonesSupport {
    private ZonesSupport() {}

    /** What is missing, as a sentence for people; empty when nothing is. */
    public static Optional<String> missing() {
        if (!Files.isDirectory(Path.of("/proc/self/ns"))) {
            return Optional.of("zones are Linux network namespaces; this is not Linux");
        }
        if (!isOnPath("ip")) {
            return Optional.of("the 'ip' command is missing: install it with 'apt-get install iproute2'");
        }
        Shell.Outcome user = Shell.attempt(List.of("id", "-u"));
        if (!user.output().strip().equals("0")) {
            return Optional.of("network namespaces need root: run this command with sudo");
        }
        return refusal();
    }

    /** A container may have root and no right to namespaces, which only shows in trying. */
    private static Optional<String> refusal() {
        String name = "narrows-try-" + ProcessHandle.current().pid();
        Shell.Outcome added = Shell.attempt(List.of("ip", "netns", "add", name));
        if (added.exitCode() != 0) {
            return Optional.of("the kernel refuses network namespaces ("
                    + added.output().strip() + "): a container needs the capabilities SYS_ADMIN and NET_ADMIN");
        }
        Shell.run("ip", "netns", "del", name);
        return Optional.empty();
    }

    static void require() {
        missing().ifPresent(reason -> {
            throw new ZonesUnavailableException(reason);
        });
    }

    private static boolean isOnPath(String command) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }
}
