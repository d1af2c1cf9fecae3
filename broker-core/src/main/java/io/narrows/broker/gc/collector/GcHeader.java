package io.narrows.broker.gc.collector;

import static io.narrows.broker.gc.collector.MalformedGcObjectException.check;

import java.util.HexFormat;

/**
 * The first 64 bytes of a gc object, ASCII, as docs/formats/gc-objects.md says.
 *
 * <pre>
 *   "NARROWS-GC 2 " | id (16) | ' ' | length (8) | ' ' | crc32c (8) | ' ' | text (8) | spaces | line feed
 * </pre>
 *
 * @param version 1 has no {@code text}: its body is text
 * @param length bytes of the body
 * @param textLength bytes of the lines, with which the body begins
 */
record GcHeader(int version, long id, int length, int crc, int textLength) {
    static final int BYTES = 64;
    /** Bounds what an account costs to write and to read. */
    static final int MAX_BODY_BYTES = 256 << 20;

    private static final String MAGIC = "NARROWS-GC ";
    private static final int ID_AT = MAGIC.length() + 2;
    private static final int LENGTH_AT = ID_AT + 17;
    private static final int CRC_AT = LENGTH_AT + 9;
    private static final int TEXT_AT = CRC_AT + 9;
    private static final HexFormat HEX = HexFormat.of();

    GcHeader(long id, int length, int crc, int textLength) {
        this(2, id, length, crc, textLength);
    }

    String text() {
        String fields = MAGIC + version + " " + GcText.hex(id) + " " + HEX.toHexDigits(length) + " "
                + HEX.toHexDigits(crc) + (version == 1 ? "" : " " + HEX.toHexDigits(textLength));
        return fields + " ".repeat(BYTES - 1 - fields.length()) + "\n";
    }

    static GcHeader parse(String text) {
        try {
            int version = text.charAt(MAGIC.length()) - '0';
            check(version == 1 || version == 2, "version of a gc object");
            int length = number(text, LENGTH_AT);
            check(length > 0 && length <= MAX_BODY_BYTES, "length of a gc object");
            int textLength = version == 1 ? length : number(text, TEXT_AT);
            check(textLength > 0 && textLength <= length, "length of the text of a gc object");
            GcHeader header = new GcHeader(
                    version, GcText.id(text.substring(ID_AT, ID_AT + 16)), length, number(text, CRC_AT), textLength);
            check(header.text().equals(text), "header of a gc object");
            return header;
        } catch (NumberFormatException e) {
            throw new MalformedGcObjectException("unexpected header of a gc object");
        }
    }

    private static int number(String text, int at) {
        return Integer.parseUnsignedInt(text.substring(at, at + 8), 16);
    }
}
