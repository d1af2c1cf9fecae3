package io.narrows.broker.repair;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import org.apache.kafka.common.utils.Crc32C;

/** The lines of a skip record, as docs/formats/gc-objects.md says. Anything that is not exactly these is refused. Stateless. */
public final class SkipText {
    private static final String MAGIC = "NARROWS-SKIP 1";
    private static final HexFormat HEX = HexFormat.of();

    private SkipText() {}

    static byte[] write(SkipRecord skip) {
        StringBuilder text = new StringBuilder(MAGIC).append('\n');
        line(text, "cluster", skip.clusterId());
        SkipRecord.Decision decision = skip.decision();
        line(text, "skip", skip.id(), decision.atMs(), word(decision.operator()), word(decision.why()));
        skip.batches().forEach(batch -> text.append(lineOf(batch)));
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        line(text, "crc32c", HEX.toHexDigits((int) Crc32C.compute(body, 0, body.length)));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** One batch as a line, with its line feed. */
    public static String lineOf(SkippedBatch batch) {
        SkippedBatch.Place place = batch.place();
        SkippedBatch.Content content = batch.content();
        Pointer pointer = batch.pointer();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "lost",
                place.topic(),
                place.topicId(),
                place.partition(),
                place.baseOffset(),
                place.lastOffset(),
                content.records(),
                content.firstTimestamp(),
                content.maxTimestamp(),
                content.producerId(),
                content.producerEpoch(),
                batch.reason(),
                pointer.object().writer(),
                pointer.object().incarnation(),
                pointer.object().sequence(),
                pointer.position(),
                pointer.length(),
                HEX.toHexDigits(pointer.crc32c()));
        return text.toString();
    }

    /** Throws an IllegalArgumentException that names the line. */
    static SkipRecord read(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        require(text.endsWith("\n"), "end");
        int crcAt = text.lastIndexOf("\ncrc32c ") + 1;
        require(crcAt > 0, "end");
        byte[] body = text.substring(0, crcAt).getBytes(StandardCharsets.UTF_8);
        String crc = "crc32c " + HEX.toHexDigits((int) Crc32C.compute(body, 0, body.length)) + "\n";
        require(text.substring(crcAt).equals(crc), "checksum");
        List<String> lines = text.substring(0, crcAt).lines().toList();
        require(lines.size() >= 3 && lines.get(0).equals(MAGIC), "magic or version");
        String[] cluster = words(lines.get(1), "cluster", 2);
        String[] skip = words(lines.get(2), "skip", 5);
        List<SkippedBatch> batches = new ArrayList<>();
        for (String line : lines.subList(3, lines.size())) {
            batches.add(batch(words(line, "lost", 18)));
        }
        return new SkipRecord(
                skip[1],
                cluster[1],
                new SkipRecord.Decision(Long.parseLong(skip[2]), plain(skip[3]), plain(skip[4])),
                batches);
    }

    private static SkippedBatch batch(String[] words) {
        return new SkippedBatch(
                new SkippedBatch.Place(
                        words[1],
                        words[2],
                        Integer.parseInt(words[3]),
                        Long.parseLong(words[4]),
                        Long.parseLong(words[5])),
                new SkippedBatch.Content(
                        Integer.parseInt(words[6]),
                        Long.parseLong(words[7]),
                        Long.parseLong(words[8]),
                        Long.parseLong(words[9]),
                        Short.parseShort(words[10])),
                SkippedBatch.Reason.valueOf(words[11]),
                new Pointer(
                        new WalObjectId(words[12], Long.parseLong(words[13]), Long.parseLong(words[14])),
                        Integer.parseInt(words[15]),
                        Integer.parseInt(words[16]),
                        Integer.parseUnsignedInt(words[17], 16)));
    }

    private static String[] words(String line, String first, int count) {
        String[] words = line.split(" ", -1);
        require(words.length == count && words[0].equals(first), "line instead of " + first);
        return words;
    }

    /** Free text as one word. */
    private static String word(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String plain(String word) {
        return URLDecoder.decode(word, StandardCharsets.UTF_8);
    }

    private static void line(StringBuilder text, Object... words) {
        StringJoiner line = new StringJoiner(" ", "", "\n");
        Arrays.stream(words).map(Object::toString).forEach(line::add);
        text.append(line);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("unexpected " + what + " of a skip record");
        }
    }
}
