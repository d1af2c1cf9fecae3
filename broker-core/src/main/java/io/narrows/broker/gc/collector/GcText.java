package io.narrows.broker.gc.collector;

import static io.narrows.broker.gc.collector.MalformedGcObjectException.check;

import io.narrows.relay.pointer.WalObjectId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The lines of rounds and answers, as docs/formats/gc-objects.md says. A reader refuses lines that it does not know: to
 * overlook one could delete data.
 */
final class GcText {
    private static final int MAX_LINES = 1_000_000;
    /** Instead of an empty list. */
    private static final String NONE = "-";

    private GcText() {}

    static String of(GcRound round) {
        StringBuilder text = new StringBuilder();
        line(text, "round", hex(round.id()), round.collector(), round.state(), round.startedAtMs(), round.graceMs());
        round.floors()
                .byIncarnation()
                .forEach((who, floor) ->
                        line(text, "floor", who.writer(), who.incarnation(), floor.sequence(), floor.seenMs()));
        return text.toString();
    }

    static GcRound round(String text) {
        List<String[]> lines = lines(text);
        String[] head = words(lines.get(0), "round", 6);
        Map<WriterIncarnation, Floors.Floor> floors = new HashMap<>();
        for (String[] line : lines.subList(1, lines.size())) {
            String[] floor = words(line, "floor", 5);
            floors.put(incarnation(floor[1], floor[2]), new Floors.Floor(number(floor[3]), number(floor[4])));
        }
        return new GcRound(
                id(head[1]),
                broker(head[2]),
                state(GcRound.State.class, head[3]),
                number(head[4]),
                number(head[5]),
                Floors.of(floors));
    }

    /** The lines of an answer; the bitmaps of {@code kept} follow them in the same order. */
    static String of(Answer answer, Map<WriterIncarnation, Integer> bitmapBytes) {
        StringBuilder text = new StringBuilder();
        Answer.Memory memory = answer.memory();
        line(
                text,
                "answer",
                hex(answer.round()),
                answer.broker(),
                answer.state(),
                memory.holdMs(),
                memory.expectedMs());
        Registration process = answer.from().registration();
        line(text, "process", process.epoch(), process.incarnation(), directories(process.directories()));
        StringJoiner brokers = new StringJoiner(",");
        new TreeMap<>(answer.brokers()).forEach((id, epoch) -> brokers.add(id + ":" + epoch));
        line(text, "brokers", brokers);
        bitmapBytes.forEach((who, bytes) ->
                line(text, "kept", who.writer(), who.incarnation(), holder(answer.account(), who), bytes));
        return text.toString();
    }

    private static String holder(ReferenceReport account, WriterIncarnation who) {
        return Objects.requireNonNull(account.byIncarnation().get(who)).holder();
    }

    private static String directories(Set<String> directories) {
        return directories.isEmpty() ? NONE : String.join(",", new TreeSet<>(directories));
    }

    /** {@code bitmaps} has the bytes after the lines. */
    static Answer answer(String text, ByteBuffer bitmaps) {
        List<String[]> lines = lines(text);
        check(lines.size() >= 3, "end of an answer");
        String[] head = words(lines.get(0), "answer", 6);
        String[] process = words(lines.get(1), "process", 4);
        check(!process[2].isEmpty() && !process[3].isEmpty(), "process");
        Map<Integer, Long> brokers = new HashMap<>();
        for (String pair : words(lines.get(2), "brokers", 2)[1].split(",", -1)) {
            String[] parts = pair.split(":", -1);
            check(parts.length == 2, "broker " + pair);
            brokers.put(broker(parts[0]), number(parts[1]));
        }
        ReferenceReport account = new ReferenceReport();
        for (String[] line : lines.subList(3, lines.size())) {
            String[] kept = words(line, "kept", 5);
            WriterIncarnation who = incarnation(kept[1], kept[2]);
            long bytes = number(kept[4]);
            check(bytes <= bitmaps.remaining() && !account.byIncarnation().containsKey(who), "length of a bitmap");
            account.add(who, SequenceBitmaps.read(bitmaps, (int) bytes), kept[3]);
        }
        check(!bitmaps.hasRemaining(), "end of the bitmaps");
        Set<String> directories = process[3].equals(NONE) ? Set.of() : Set.of(process[3].split(",", -1));
        return new Answer(
                id(head[1]),
                new Answer.Respondent(broker(head[2]), new Registration(number(process[1]), process[2], directories)),
                state(Answer.State.class, head[3]),
                new Answer.Memory(number(head[4]), number(head[5])),
                brokers,
                account);
    }

    static String ofCluster(String clusterId) {
        return "cluster " + clusterId + "\n";
    }

    static String cluster(String text) {
        return words(lines(text).get(0), "cluster", 2)[1];
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
