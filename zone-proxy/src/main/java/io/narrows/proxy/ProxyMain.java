package io.narrows.proxy;

import io.narrows.proxy.config.ProxyConfigParser;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** {@code narrows proxy --config FILE}: runs a proxy until the process is told to stop. */
public final class ProxyMain {
    /** Exit code of a proxy that another one with the same writer.id has replaced; restarting it replaces that one. */
    public static final int FENCED = 3;

    private ProxyMain() {}

    /**
     * Starts the proxy and blocks until SIGTERM or SIGINT, upon which it drains, or until another process with its
     * writer.id has started. Returns the exit code of the process. Throws
     * {@link org.apache.kafka.common.config.ConfigException} or {@link IllegalStateException}, with a message for the
     * user, when it cannot start.
     */
    public static int run(Path config) throws InterruptedException {
        ZoneProxy proxy = ZoneProxy.start(ProxyConfigParser.load(config));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            proxy.close();
                            stopped.countDown();
                        },
                        "narrows-shutdown"));
        CompletableFuture<?> unused = proxy.fenced().thenRun(stopped::countDown);
        stopped.await();
        if (!proxy.fenced().isDone()) {
            return 0;
        }
        proxy.close();
        return FENCED;
    }
}
