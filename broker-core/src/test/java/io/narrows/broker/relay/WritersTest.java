package io.narrows.broker.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.relay.Writers.Admission;
import io.narrows.broker.relay.Writers.Behind;
import io.narrows.broker.relay.Writers.Fenced;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.RelaySession;
import io.narrows.relay.wal.Incarnation;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;

/** Starts of one writer whose clocks differ, at one leader. */
final class WritersTest {
    private static final long NOON = 1_800_000_000_000L;
    private static final long HOUR_MS = 3_600_000;

    private final Writers writers = new Writers();
    private final Random random = new Random(7);

    @Test
    void aStartWhoseClockIsBehindFollowsTheOneThatHasEnded() {
        Session old = new Session();
        long oldStart = start(NOON);
        assertThat(hello(old, oldStart)).isInstanceOf(Admission.class);
        old.close();

        long behind = start(NOON - HOUR_MS);
        assertThat(hello(new Session(), behind)).isEqualTo(new Behind(oldStart));
        long following = Incarnation.above(oldStart, behind);

        assertThat(following).isGreaterThan(oldStart);
        assertThat(hello(new Session(), following)).isInstanceOf(Admission.class);
        assertThat(hello(new Session(), oldStart)).isInstanceOf(Fenced.class);
    }

    @Test
    void aStartWhoseClockIsBehindDoesNotReplaceOneThatIsConnected() {
        Session live = new Session();
        hello(live, start(NOON));

        assertThat(hello(new Session(), start(NOON - HOUR_MS))).isEqualTo(new Fenced(live));
        assertThat(live.isOpen()).isTrue();
    }

    @Test
    void aReconnectAndALaterStartReplaceTheConnection() {
        Session first = new Session();
        Session again = new Session();
        long start = start(NOON);
        hello(first, start);

        assertThat(hello(again, start))
                .isInstanceOfSatisfying(
                        Admission.class,
                        admission -> assertThat(admission.fenced()).isSameAs(first));
        assertThat(hello(new Session(), start(NOON + 1)))
                .isInstanceOfSatisfying(
                        Admission.class,
                        admission -> assertThat(admission.fenced()).isSameAs(again));
    }

    @Test
    void twoStartsThatFollowTheSameOneAreOrdered() {
        long ended = start(NOON);
        long one = Incarnation.above(ended, start(NOON - HOUR_MS));
        long other = Incarnation.above(ended, start(NOON - HOUR_MS));

        assertThat(one).isNotEqualTo(other);
        hello(new Session(), Math.max(one, other));
        assertThat(hello(new Session(), Math.min(one, other))).isInstanceOf(Fenced.class);
    }

    private Writers.Verdict hello(RelaySession session, long incarnation) {
        return writers.hello(session, "proxy-a", incarnation);
    }

    private long start(long wallMs) {
        return Incarnation.fresh(wallMs, random);
    }

    private static final class Session implements RelaySession {
        private boolean open = true;

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("proxy", 1);
        }

        @Override
        public Optional<SSLSession> tls() {
            return Optional.empty();
        }

        @Override
        public void reply(AppendResult result) {}

        @Override
        public void grant(long number) {}

        @Override
        public void reading(ReadMode mode) {}

        @Override
        public void close() {
            open = false;
        }

        @Override
        public boolean isOpen() {
            return open;
        }
    }

    @Test
    void anOlderStartIsFencedByTheNewestThatSaidHello() {
        Session newer = new Session();
        assertThat(writers.hello(newer, "w", 2)).isInstanceOf(Writers.Admission.class);
        assertThat(writers.hello(new Session(), "w", 1)).isEqualTo(new Writers.Fenced(newer));
        assertThat(writers.hello(new Session(), "other", 1)).isInstanceOf(Writers.Admission.class);
    }

    @Test
    void aStartThatReplacesAnOpenConnectionOfAnOlderOneIsToldSo() {
        Session older = new Session();
        assertThat(ofAnother("w", older, 1)).isFalse();
        assertThat(ofAnother("w", new Session(), 2)).isTrue();

        Session gone = new Session();
        assertThat(ofAnother("restarted", gone, 1)).isFalse();
        gone.close();
        assertThat(ofAnother("restarted", new Session(), 2)).isFalse();

        assertThat(ofAnother("reconnects", new Session(), 1)).isFalse();
        assertThat(ofAnother("reconnects", new Session(), 1)).isFalse();
    }

    private boolean ofAnother(String writer, RelaySession session, long incarnation) {
        return ((Writers.Admission) writers.hello(session, writer, incarnation)).ofAnother();
    }
}
