package io.narrows.proxy;

import io.narrows.proxy.config.ProxyConfig;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** {@code narrows proxy --config FILE}: runs a proxy until the process is told to stop. */
public final class ProxyMain {
    private ProxyMain() {}

    /**
     * Starts the proxy and blocks until SIGTERM or SIGINT, upon which it drains. Throws
     * {@link org.apache.kafka.common.config.ConfigException} or {@link IllegalStateException}, with a message for the
     * user, when it cannot start.
     */
    public static void run(Path config) throws InterruptedException {
        ZoneProxy proxy = ZoneProxy.start(ProxyConfig.load(config));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            proxy.close();
                            stopped.countDown();
                        },
                        "narrows-shutdown"));
        stopped.await();
    }
}
