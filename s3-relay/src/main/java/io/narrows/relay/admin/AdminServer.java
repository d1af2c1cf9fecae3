package io.narrows.relay.admin;

import com.codahale.metrics.MetricRegistry;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.metrics.PrometheusText;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin HTTP endpoint: {@code /metrics}, {@code /healthz}, {@code /readyz}, {@code /status}. Owns its server and two
 * threads, which may block on slow readers; more than a few waiting requests are refused.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int THREADS = 2;
    private static final int QUEUED_REQUESTS = 16;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int INTERNAL_ERROR = 500;
    private static final int UNAVAILABLE = 503;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";

    private final Sources sources;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;

    /**
     * What the endpoint shows.
     *
     * @param notReady why the process is not ready; empty when it is
     * @param warnings what is wrong although the process is ready
     * @param status JSON; completes within a bounded time
     */
    public record Sources(
            MetricRegistry metrics,
            MetricCatalog catalog,
            Supplier<String> notReady,
            Supplier<List<Readiness.Reason>> warnings,
            Supplier<CompletableFuture<String>> status) {}

    private record Page(int code, String contentType, String body) {}

    private AdminServer(Sources sources, HttpServer server) {
        this.sources = sources;
        this.server = server;
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUED_REQUESTS), task -> {
                    Thread thread = new Thread(task, "narrows-admin");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Binds and serves; port 0 takes a free one. */
    public static AdminServer start(InetSocketAddress address, Sources sources) throws IOException {
        AdminServer admin = new AdminServer(sources, HttpServer.create(address, QUEUED_REQUESTS));
        admin.server.createContext("/", admin::handle);
        admin.server.setExecutor(admin.threads);
        admin.server.start();
        LOG.info("Admin endpoint; address={}", admin.server.getAddress());
        return admin;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("GET")) {
            reply(exchange, new Page(METHOD_NOT_ALLOWED, TEXT, "only GET\n"));
            return;
        }
        switch (exchange.getRequestURI().getPath()) {
            case "/metrics" ->
                reply(
                        exchange,
                        new Page(
                                OK,
                                PrometheusText.CONTENT_TYPE,
                                PrometheusText.write(sources.metrics(), sources.catalog())));
            case "/healthz" -> reply(exchange, new Page(OK, TEXT, "ok\n"));
            case "/readyz" -> reply(exchange, readiness());
            case "/status" -> replyStatus(exchange);
            default -> reply(exchange, new Page(NOT_FOUND, TEXT, "/metrics /healthz /readyz /status\n"));
        }
    }

    private Page readiness() {
        String reason = sources.notReady().get();
        StringBuilder warnings = new StringBuilder();
        sources.warnings()
                .get()
                .forEach(warning -> warnings.append("warning: ").append(warning).append('\n'));
        return reason.isEmpty()
                ? new Page(OK, TEXT, "ready\n" + warnings)
                : new Page(UNAVAILABLE, TEXT, "not ready: " + reason + "\n" + warnings);
    }

    private void replyStatus(HttpExchange exchange) {
        CompletableFuture<?> unused = sources.status()
                .get()
                .handleAsync(
                        (status, failure) -> {
                            try {
                                reply(exchange, failure == null ? new Page(OK, JSON, status + "\n") : failed(failure));
                            } catch (IOException e) {
                                LOG.debug("A status page was not read", e);
                            }
                            return null;
                        },
                        threads);
    }

    private static Page failed(Throwable failure) {
        LOG.warn("No status page", failure);
        return new Page(INTERNAL_ERROR, TEXT, "no status: " + failure.getMessage() + "\n");
    }

    private static void reply(HttpExchange exchange, Page page) throws IOException {
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.contentType());
        exchange.sendResponseHeaders(page.code(), body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        } finally {
            exchange.close();
        }
    }
}
