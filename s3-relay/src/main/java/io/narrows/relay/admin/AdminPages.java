package io.narrows.relay.admin;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.metrics.PrometheusText;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the pages of the admin endpoint. All but {@code /healthz} are made on one thread of its own, for gauges may be
 * slow; beyond a few that wait requests are refused, and {@code /healthz} never waits for them. Any thread.
 */
final class AdminPages implements AutoCloseable {
    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int UNAUTHORIZED = 401;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int TOO_LARGE = 413;
    static final String TEXT = "text/plain; charset=utf-8";

    private static final Logger LOG = LoggerFactory.getLogger(AdminPages.class);
    private static final int NOT_FOUND = 404;
    private static final int INTERNAL_ERROR = 500;
    private static final int UNAVAILABLE = 503;
    private static final int WAITING_PAGES = 16;
    private static final String JSON = "application/json";

    private final MetricRegistry metrics;
    private final MetricCatalog catalog;
    private final Supplier<String> notReady;
    private final Supplier<List<Readiness.Reason>> warnings;
    private final Supplier<CompletableFuture<String>> status;
    private final ThreadPoolExecutor maker;

    /** A whole response. */
    record Page(int code, String contentType, String body) {}

    AdminPages(
            MetricRegistry metrics,
            MetricCatalog catalog,
            Supplier<String> notReady,
            Supplier<List<Readiness.Reason>> warnings,
            Supplier<CompletableFuture<String>> status) {
        this.metrics = metrics;
        this.catalog = catalog;
        this.notReady = notReady;
        this.warnings = warnings;
        this.status = status;
        this.maker =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_PAGES), task -> {
                    Thread thread = new Thread(task, "narrows-admin-pages");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Completes within a bounded time, never exceptionally. */
    CompletableFuture<Page> page(String path) {
        return switch (path) {
            case "/healthz" -> CompletableFuture.completedFuture(new Page(OK, TEXT, "ok\n"));
            case "/readyz" -> made(this::readiness);
            case "/metrics" -> made(this::metrics);
            case "/status" -> status();
            default ->
                CompletableFuture.completedFuture(new Page(NOT_FOUND, TEXT, "/metrics /healthz /readyz /status\n"));
        };
    }

    private CompletableFuture<Page> made(Supplier<Page> page) {
        CompletableFuture<Page> made = new CompletableFuture<>();
        onMaker(made, () -> made.complete(page.get()));
        return made;
    }

    private CompletableFuture<Page> status() {
        CompletableFuture<Page> made = new CompletableFuture<>();
        onMaker(made, () -> {
            CompletableFuture<?> unused = status.get()
                    .whenComplete((json, failure) ->
                            made.complete(failure == null ? new Page(OK, JSON, json + "\n") : failed(failure)));
        });
        return made;
    }

    private void onMaker(CompletableFuture<Page> made, Runnable maker) {
        try {
            this.maker.execute(() -> {
                try {
                    maker.run();
                } catch (RuntimeException e) {
                    boolean unused = made.complete(failed(e));
                }
            });
        } catch (RejectedExecutionException e) {
            boolean unused = made.complete(failed(e));
        }
    }

    private Page metrics() {
        return new Page(OK, PrometheusText.CONTENT_TYPE, PrometheusText.write(metrics, catalog));
    }

    private Page readiness() {
        String reason = notReady.get();
        StringBuilder lines = new StringBuilder();
        warnings.get()
                .forEach(warning -> lines.append("warning: ").append(warning).append('\n'));
        return reason.isEmpty()
                ? new Page(OK, TEXT, "ready\n" + lines)
                : new Page(UNAVAILABLE, TEXT, "not ready: " + reason + "\n" + lines);
    }

    private static Page failed(Throwable failure) {
        if (failure instanceof RejectedExecutionException) {
            return new Page(UNAVAILABLE, TEXT, "too many requests wait: try again later\n");
        }
        LOG.atWarn().setCause(failure).log("Admin page could not be rendered");
        return new Page(INTERNAL_ERROR, TEXT, "the page could not be made: " + failure.getMessage() + "\n");
    }

    @Override
    public void close() {
        maker.shutdown();
    }
}
