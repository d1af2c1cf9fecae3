package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.ProcessCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Credentials of a provider that blocks: only its own thread waits for it. */
final class CredentialsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final AtomicLong wallMs = new AtomicLong(1_000_000_000);
    private final AtomicInteger asked = new AtomicInteger();
    /** What the provider answers next; it blocks until there is something. An empty key makes it fail. */
    private final BlockingQueue<AwsCredentials> answers = new LinkedBlockingQueue<>();

    private @Nullable RefreshedCredentials credentials;

    @AfterEach
    void close() {
        answers.add(key("end", 0));
        if (credentials != null) {
            credentials.close();
        }
    }

    @Test
    void theLastAnswerCountsUntilItExpiresWhileTheProviderHangs() {
        RefreshedCredentials all = start(NEVER);
        assertThat(all.first()).isNotDone();
        answers.add(key("one", 8_000));
        Await.until("the first answer", LIMIT, () -> all.first().isDone());
        Await.until("the provider is asked again, ahead of expiry", LIMIT, () -> asked.get() == 2);

        wallMs.addAndGet(7_999);
        assertThat(accessKey(all)).isEqualTo("one");
        wallMs.addAndGet(1);

        assertThat(all.current()).isNull();
        assertThatThrownBy(all::resolveCredentials)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED))
                .hasMessageContaining("have expired");
        assertThat(all.resolveIdentity()).isCompletedExceptionally();
        answers.add(key("two", 3_600_000));
        Await.until("the second answer", LIMIT, () -> all.current() != null);
        assertThat(accessKey(all)).isEqualTo("two");
    }

    @Test
    void aProviderThatFailsIsAskedAgainAndItsReasonIsTold() {
        RefreshedCredentials all = start(NEVER);
        answers.add(key("", 0));
        Await.until("the first answer", LIMIT, () -> all.first().isDone());

        assertThat(all.current()).isNull();
        assertThat(all.missing()).hasMessageContaining("found no credentials").hasMessageContaining("no role here");
        answers.add(key("late", 3_600_000));
        Await.until("a later answer", LIMIT, () -> all.current() != null);
    }

    @Test
    void whatAProviderExtendsPastItsExpiryCounts() {
        RefreshedCredentials all = start(NEVER);
        answers.add(key("extended", -1));
        Await.until("the first answer", LIMIT, () -> all.first().isDone());

        assertThat(accessKey(all)).isEqualTo("extended");
    }

    @Test
    void theWaitForTheFirstResponseIsBounded() {
        RefreshedCredentials all = start(Duration.ofMillis(1));

        Await.until("the limit", LIMIT, () -> all.first().isDone());

        assertThat(all.missing()).hasMessageContaining("no response from the credential providers yet");
    }

    @Test
    void aProviderThatNeverReturnsIsReplaced() {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        RefreshedCredentials all = start(
                () -> made.incrementAndGet() == 1 ? () -> hang(end) : this::answer, limits(Duration.ofMillis(50)));
        answers.add(key("of another one", 3_600_000));

        Await.until("the answer of another provider", LIMIT, () -> all.current() != null);

        assertThat(accessKey(all)).isEqualTo("of another one");
        end.countDown();
    }

    @Test
    void providersThatNeverReturnAreBoundedAndAskedAgainWhenOneHas() {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        RefreshedCredentials all = start(
                () -> {
                    made.incrementAndGet();
                    return () -> hang(end);
                },
                limits(Duration.ofMillis(1)));
        Await.until(
                "the bound", LIMIT, () -> all.missing().getMessage().contains("4 requests to credential providers"));
        assertThat(made).hasValue(4);

        end.countDown();

        Await.until("another provider", LIMIT, () -> made.get() > 4);
    }

    @Test
    void aProcessThatHangsIsEnded(@TempDir Path directory) throws IOException {
        Path script = Files.writeString(directory.resolve("credentials.sh"), """
                if [ -e "$0.asked" ]; then
                  echo '{"Version": 1, "AccessKeyId": "of a process", "SecretAccessKey": "secret"}'
                else
                  touch "$0.asked"
                  sleep 3600
                fi
                """);
        RefreshedCredentials all = start(
                () -> ProcessCredentialsProvider.builder()
                        .command(List.of("sh", script.toString()))
                        .build(),
                limits(Duration.ofSeconds(1)));

        Await.until("the answer of the next process", LIMIT, () -> all.current() != null);

        assertThat(accessKey(all)).isEqualTo("of a process");
        assertThat(all.missing()).hasMessageContaining("its process was ended");
        Await.until(
                "the end of the process",
                LIMIT,
                () -> ProcessHandle.current()
                        .descendants()
                        .noneMatch(each -> each.info().commandLine().orElse("").contains(script.toString())));
    }

    private static AwsCredentials hang(CountDownLatch end) {
        while (true) {
            try {
                end.await();
                throw SdkClientException.create("over");
            } catch (InterruptedException e) {
                // As a read from a process, which cannot be interrupted.
                continue;
            }
        }
    }

    private static RefreshedCredentials.Limits limits(Duration answer) {
        return new RefreshedCredentials.Limits(NEVER, answer, PAUSE);
    }

    private RefreshedCredentials start(Duration firstLimit) {
        return start(() -> this::answer, new RefreshedCredentials.Limits(firstLimit, NEVER, PAUSE));
    }

    private RefreshedCredentials start(Supplier<AwsCredentialsProvider> source, RefreshedCredentials.Limits limits) {
        RefreshedCredentials started = RefreshedCredentials.start(source, wallMs::get, limits);
        credentials = started;
        return started;
    }

    private AwsCredentials answer() {
        asked.incrementAndGet();
        try {
            AwsCredentials next = answers.take();
            if (next.accessKeyId().isEmpty()) {
                throw SdkClientException.create("no role here");
            }
            return next;
        } catch (InterruptedException e) {
            throw SdkClientException.create("closed", e);
        }
    }

    private AwsCredentials key(String id, long leftMs) {
        return AwsSessionCredentials.builder()
                .accessKeyId(id)
                .secretAccessKey("secret")
                .sessionToken("token")
                .expirationTime(Instant.ofEpochMilli(wallMs.get() + leftMs))
                .build();
    }

    private static String accessKey(RefreshedCredentials all) {
        AwsCredentials now = all.current();
        return now == null ? "none" : now.accessKeyId();
    }
}
