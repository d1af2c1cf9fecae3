package io.narrows.broker.read;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers that reads of one fetch made on the calling thread. Stock code reads before it knows whether the fetch has to
 * wait, and drops what it read without a word if it does. Per thread; owns nothing.
 */
public final class FetchedAnswers {
    private static final ThreadLocal<FetchedAnswers> CURRENT = new ThreadLocal<>();

    private final List<AnswerRecords> made = new ArrayList<>();
    private boolean partsToCome;

    private FetchedAnswers() {}

    /** Starts to collect on this thread; one within another collects for itself. */
    public static Collection begin() {
        FetchedAnswers outer = CURRENT.get();
        FetchedAnswers inner = new FetchedAnswers();
        CURRENT.set(inner);
        return new Collection(inner, outer);
    }

    /** The records of a new answer. */
    public static AnswerRecords made(Answer answer) {
        AnswerRecords records = new AnswerRecords(answer);
        FetchedAnswers current = CURRENT.get();
        if (current != null) {
            boolean unused = current.made.add(records);
        }
        return records;
    }

    /** Other parts of this fetch are read asynchronously, so that stock code keeps those that it has. */
    public static void partsToCome() {
        FetchedAnswers current = CURRENT.get();
        if (current != null) {
            current.partsToCome = true;
        }
    }

    /** Ends with what stock code has not taken released. */
    public record Collection(
            FetchedAnswers answers, @Nullable FetchedAnswers outer) {
        public void end() {
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
            if (!answers.partsToCome) {
                answers.made.forEach(AnswerRecords::releaseUnsent);
            }
        }
    }
}
