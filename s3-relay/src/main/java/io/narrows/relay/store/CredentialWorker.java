package io.narrows.relay.store;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProcessCredentialsProvider;

/**
 * One credential provider and the thread that waits for it, which it owns. The provider may never return: nothing here
 * waits for it but that thread. The methods belong to one caller.
 */
final class CredentialWorker {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialWorker.class);

    private final Supplier<AwsCredentialsProvider> source;
    private final ThreadPoolExecutor executor;
    private volatile @Nullable Thread thread;
    private volatile boolean resolving;

    /** Processes that were there before the provider was asked. */
    private Set<Long> processesBefore = Set.of();

    /** Owned by the thread. */
    private @Nullable AwsCredentialsProvider provider;

    /** {@code source} makes the provider, on the worker's thread. */
    CredentialWorker(Supplier<AwsCredentialsProvider> source) {
        this.source = source;
        this.executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(2), task -> {
            Thread made = new Thread(task, "s3-credential-provider");
            made.setDaemon(true);
            thread = made;
            return made;
        });
    }

    /** The answer, which may never come. Not while another call is in progress. */
    CompletableFuture<AwsCredentials> ask() {
        processesBefore = children().stream().map(ProcessHandle::pid).collect(Collectors.toSet());
        CompletableFuture<AwsCredentials> answer = new CompletableFuture<>();
        executor.execute(() -> {
            resolving = true;
            try {
                AwsCredentialsProvider asked = provider;
                if (asked == null) {
                    asked = source.get();
                    provider = asked;
                }
                answer.complete(asked.resolveCredentials());
            } catch (Throwable e) {
                // Also errors, such as a class that is missing: the caller waits for a result.
                answer.completeExceptionally(e);
            } finally {
                resolving = false;
            }
        });
        return answer;
    }

    /**
     * Ends the thread as soon as the provider returns, and makes it return where that is possible: it is interrupted, and
     * if it waits for a process, that process is ended. {@code onEnd} runs on the thread. True when a process was ended.
     */
    boolean close(Runnable onEnd) {
        executor.execute(() -> {
            if (provider instanceof AutoCloseable closeable) {
                closeQuietly(closeable);
            }
            onEnd.run();
        });
        executor.shutdown();
        Thread waiting = thread;
        if (waiting == null || !resolving) {
            return false;
        }
        boolean ended = waitsForProcess(waiting) && endNewProcesses();
        waiting.interrupt();
        return ended;
    }

    private static boolean waitsForProcess(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().equals(ProcessCredentialsProvider.class.getName())) {
                return true;
            }
        }
        return false;
    }

    /** A read from a process cannot be interrupted. Brokers and proxies start no others than those of the provider. */
    private boolean endNewProcesses() {
        boolean ended = false;
        for (ProcessHandle child : children()) {
            if (!processesBefore.contains(child.pid())) {
                List<ProcessHandle> below = child.descendants().toList();
                ended |= child.destroyForcibly();
                // They may hold its output open.
                below.forEach(ProcessHandle::destroyForcibly);
            }
        }
        return ended;
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().children().toList();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.atDebug().setCause(e).log("Credential provider could not be closed");
        }
    }
}
