package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Runs {@link OldClientProbe} with older versions of Kafka's Java client, whose jars the build puts under target. */
final class OldClients {
    private OldClients() {}

    /** Fails if what was produced through the one address can not be read, in a group, through the other. */
    static void check(String version, String compression, String topic, String produceAt, String consumeAt)
            throws Exception {
        Path jars = Path.of("target", "clients", version);
        assumeTrue(Files.isDirectory(jars), "no client jars in " + jars.toAbsolutePath() + ": run through Maven");
        try (URLClassLoader isolated = isolated(jars)) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(isolated);
            try {
                Object probe = isolated.loadClass(OldClientProbe.class.getName())
                        .getConstructor(String.class, String.class, String.class, String.class)
                        .newInstance(produceAt, consumeAt, topic, compression);
                assertThat(((Callable<?>) probe).call()).isEqualTo("");
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static URLClassLoader isolated(Path jars) throws Exception {
        List<URL> urls = new ArrayList<>();
        try (Stream<Path> files = Files.list(jars)) {
            for (Path jar : files.toList()) {
                urls.add(jar.toUri().toURL());
            }
        }
        urls.add(OldClientProbe.class.getProtectionDomain().getCodeSource().getLocation());
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
