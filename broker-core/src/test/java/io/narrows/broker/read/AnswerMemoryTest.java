package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/** Answers whose bytes are on the heap before they count, as those from segment objects are. */
final class AnswerMemoryTest {
    private static final int ANSWER_BYTES = 100_000;

    private final ManualLoop loop = new ManualLoop(0);
    private final MemoryBudget budget = MemoryBudget.of(10 * ANSWER_BYTES);
    private final AnswerMemory memory =
            new AnswerMemory(budget, TimeUnit.SECONDS.toNanos(5), loop, new BrokerMetrics(new MetricRegistry()));

    @Test
    void whatStallsGoesWhenMoreIsHeldThanTheBoundAllows() {
        List<Answer> answers = sent(50);
        assertThat(budget.usedBytes()).isEqualTo(50L * ANSWER_BYTES);

        loop.advance(TimeUnit.SECONDS.toNanos(2));

        assertThat(budget.usedBytes()).isEqualTo(3L * ANSWER_BYTES);
        answers.forEach(Answer::release);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void whatStallsGoesWhenOthersGetSingleBatches() {
        List<Answer> answers = sent(4);
        assertThat(memory.share(Age.OLD)).isZero();

        loop.advance(TimeUnit.SECONDS.toNanos(2));

        assertThat(memory.share(Age.OLD)).isPositive();
        assertThat(budget.usedBytes()).isEqualTo(3L * ANSWER_BYTES);
        answers.forEach(Answer::release);
    }

    @Test
    void withinTheBoundASlowReaderKeepsItsAnswer() {
        List<Answer> answers = sent(5);

        loop.advance(TimeUnit.MINUTES.toNanos(1));

        assertThat(budget.usedBytes()).isEqualTo(5L * ANSWER_BYTES);
        answers.forEach(Answer::release);
    }

    private List<Answer> sent(int count) {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Answer answer = Answer.onHeap(MemoryRecords.readableRecords(ByteBuffer.allocate(ANSWER_BYTES)), memory);
            answer.send();
            answers.add(answer);
        }
        return answers;
    }
}
