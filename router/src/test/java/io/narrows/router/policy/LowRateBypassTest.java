package io.narrows.router.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LowRateBypassTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double SHARE = 0.05;
    /** A window every 50 ms costs this: 140 $ in a million seconds. */
    private static final double WINDOW_DOLLARS = 7e-6;

    private static final double WINDOWS_PER_SECOND = 20;
    private static final double DOLLARS_PER_SECOND = WINDOW_DOLLARS * WINDOWS_PER_SECOND;

    private final LowRateBypass clients = new LowRateBypass(SHARE, 0);
    private long now;
    private double spent;
    private double windows;

    /** For so long, each client sends batches of the same cost at random, at so many dollars a second. */
    private int[] run(long ms, double... dollarsPerSecond) {
        Random random = new Random(3);
        int[] admitted = new int[dollarsPerSecond.length];
        for (long end = now + ms * MS; now < end; now += MS) {
            if (now / MS % (long) (1_000 / WINDOWS_PER_SECOND) == 0) {
                clients.onWindow(WINDOW_DOLLARS, now);
                windows += WINDOW_DOLLARS;
            }
            for (int client = 0; client < dollarsPerSecond.length; client++) {
                double batch = dollarsPerSecond[client] / 100;
                if (random.nextInt(10) == 0 && clients.admits(client, batch, now)) {
                    admitted[client]++;
                    spent += batch;
                }
            }
        }
        return admitted;
    }

    @Test
    void oneThatAddsLessThanTheShareIsAdmittedAndThoseThatFillTheWindowsAreNot() {
        int[] admitted =
                run(20_000, 0.7 * SHARE * DOLLARS_PER_SECOND, 40 * DOLLARS_PER_SECOND, 40 * DOLLARS_PER_SECOND);
        assertThat(admitted[0]).as("of 2,000, but for the first seconds").isGreaterThan(1_800);
        assertThat(admitted[1] + admitted[2]).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 30, 1_000})
    void manyThatAreEqualDoNotAddMoreThanTheShareEither(int count) {
        double[] equal = new double[count];
        Arrays.fill(equal, 3 * DOLLARS_PER_SECOND / count);
        run(20_000, equal);
        assertThat(spent).isLessThanOrEqualTo(SHARE * windows);
    }

    @Test
    void theSmallestComeFirst() {
        double budget = SHARE * DOLLARS_PER_SECOND;
        int[] admitted = run(20_000, 0.9 * budget, 0.1 * budget, 0.5 * budget, 0.3 * budget);
        assertThat(admitted[1]).isGreaterThan(1_800);
        assertThat(admitted[3]).isGreaterThan(1_800);
        assertThat(admitted[0]).isLessThan(100);
        assertThat(spent).isLessThanOrEqualTo(SHARE * windows);
    }

    @Test
    void aSmallOneThatBeginsToSendMuchWaitsSoon() {
        double budget = SHARE * DOLLARS_PER_SECOND;
        run(10_000, 0.1 * budget);
        run(500, 50 * budget);
        assertThat(run(5_000, 50 * budget)[0]).isZero();
        assertThat(spent).isLessThanOrEqualTo(SHARE * windows);
    }

    @Test
    void whereWindowsCostNothingNoClientIsAdmitted() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(clients.admits("only", 1e-9, i * MS)).isFalse();
        }
    }

    @Test
    void moreClientsThanItRemembersWaitWithTheOthers() {
        clients.onWindow(1, now);
        for (int i = 0; i < LowRateBypass.MAX_CLIENTS; i++) {
            clients.admits(i, 1e-8, 0);
        }
        now = 1_000 * MS;
        assertThat(clients.admits("known: " + 1, 1e-8, now)).isFalse();
        assertThat(clients.admits(1, 1e-8, now)).isTrue();
        now += 60_000 * MS;
        clients.onWindow(1, now);
        assertThat(clients.admits("late", 1e-8, now))
                .as("the others are forgotten")
                .isTrue();
    }

    @Test
    void withoutShareThereIsNoBypass() {
        LowRateBypass none = new LowRateBypass(0, 0);
        none.onWindow(1, 0);
        assertThat(none.admits("small", 1e-9, 1_000 * MS)).isFalse();
    }
}
