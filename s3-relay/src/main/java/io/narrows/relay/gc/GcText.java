package io.narrows.relay.gc;

import static io.narrows.relay.gc.MalformedGcObjectException.check;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * The lines of rounds and answers, as docs/formats/gc-objects.md says. A reader refuses lines that it does not know: to
 * overlook one could delete data.
 */
final class GcText {
    private static final int MAX_LINES = 1_000_000;

    private GcText() {}

    static String of(Round round) {
        StringBuilder text = new StringBuilder();
        line(text, "round", hex(round.id()), round.collector(), round.state(), round.startedAtMs(), round.graceMs());
        round.floors()
                .byIncarnation()
                .forEach((who, floor) ->
                        line(text, "floor", who.writer(), who.incarnation(), floor.sequence(), floor.seenMs()));
        return text.toString();
    }

    static Round round(String text) {
        List<String[]> lines = lines(text);
        String[] head = words(lines.get(0), "round", 6);
        Map<WriterIncarnation, Floors.Floor> floors = new HashMap<>();
        for (String[] line : lines.subList(1, lines.size())) {
            String[] floor = words(line, "floor", 5);
            floors.put(incarnation(floor[1], floor[2]), new Floors.Floor(number(floor[3]), number(floor[4])));
        }
        return new Round(
                id(head[1]),
                broker(head[2]),
                state(Round.State.class, head[3]),
                number(head[4]),
                number(head[5]),
                Floors.of(floors));
    }

    static String of(Answer answer) {
        StringBuilder text = new StringBuilder();
        line(text, "answer", hex(answer.round()), answer.broker(), answer.state(), answer.holdMs());
        StringJoiner brokers = new StringJoiner(",");
        answer.brokers().stream().sorted().forEach(id -> brokers.add(Integer.toString(id)));
        line(text, "brokers", brokers);
        answer.account()
                .byIncarnation()
                .forEach((who, kept) ->
                        line(text, "kept", who.writer(), who.incarnation(), kept.holder(), ranges(kept.sequences())));
        return text.toString();
    }

    static Answer answer(String text) {
        List<String[]> lines = lines(text);
        check(lines.size() >= 2, "end of an answer");
        String[] head = words(lines.get(0), "answer", 5);
        Set<Integer> brokers = new HashSet<>();
        for (String id : words(lines.get(1), "brokers", 2)[1].split(",", -1)) {
            brokers.add(broker(id));
        }
        Account account = new Account();
        for (String[] line : lines.subList(2, lines.size())) {
            String[] kept = words(line, "kept", 5);
            account.add(incarnation(kept[1], kept[2]), ranges(kept[4]), kept[3]);
        }
        return new Answer(
                id(head[1]), broker(head[2]), state(Answer.State.class, head[3]), number(head[4]), brokers, account);
    }

    static String ofCluster(String clusterId) {
        return "cluster " + clusterId + "\n";
    }

    static String cluster(String text) {
        return words(lines(text).get(0), "cluster", 2)[1];
    }

    private static String ranges(SequenceSet sequences) {
        return sequences.text(Integer.MAX_VALUE);
    }

    private static SequenceSet ranges(String text) {
        String[] parts = text.split(",", -1);
        SequenceSet ranges = new SequenceSet();
        for (String part : parts) {
            int dash = part.indexOf('-');
            long first = number(dash < 0 ? part : part.substring(0, dash));
            long last = dash < 0 ? first : number(part.substring(dash + 1));
            check(first <= last, "range " + part);
            ranges.add(first, last);
        }
        return ranges;
    }

    private static <E extends Enum<E>> E state(Class<E> states, String word) {
        return Arrays.stream(states.getEnumConstants())
                .filter(state -> state.name().equals(word))
                .findFirst()
                .orElseThrow(() -> new MalformedGcObjectException("unknown state " + word));
    }

    private static WriterIncarnation incarnation(String writer, String incarnation) {
        check(WalObjectId.isWriter(writer), "writer");
        return new WriterIncarnation(writer, number(incarnation));
    }

    private static int broker(String word) {
        long id = number(word);
        check(id <= Integer.MAX_VALUE, "broker id");
        return (int) id;
    }

    private static long number(String word) {
        try {
            long number = Long.parseLong(word);
            check(number >= 0, "number " + word);
            return number;
        } catch (NumberFormatException e) {
            throw new MalformedGcObjectException("not a number: " + word);
        }
    }

    static String hex(long id) {
        return HexFormat.of().toHexDigits(id);
    }

    static long id(String hex) {
        try {
            check(hex.length() == 16, "id");
            return Long.parseUnsignedLong(hex, 16);
        } catch (NumberFormatException e) {
            throw new MalformedGcObjectException("not an id: " + hex);
        }
    }

    private static List<String[]> lines(String text) {
        check(text.endsWith("\n"), "end");
        String[] lines = text.substring(0, text.length() - 1).split("\n", MAX_LINES + 1);
        check(lines.length <= MAX_LINES, "number of lines");
        return Arrays.stream(lines).map(line -> line.split(" ", -1)).toList();
    }

    private static String[] words(String[] line, String first, int count) {
        check(line.length == count && line[0].equals(first), "line instead of " + first);
        return line;
    }

    private static void line(StringBuilder text, Object... words) {
        for (int i = 0; i < words.length; i++) {
            text.append(i == 0 ? "" : " ").append(words[i]);
        }
        text.append('\n');
    }
}
