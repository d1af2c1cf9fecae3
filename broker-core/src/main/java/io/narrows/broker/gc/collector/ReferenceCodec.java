package io.narrows.broker.gc.collector;

import static io.narrows.broker.gc.collector.MalformedGcObjectException.check;

import io.narrows.relay.pointer.WalObjectId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * The bytes of a {@link ReferenceSet}, as docs/formats/segment-references.md says: distances between sequences, deflated.
 * Small for a set of few and scattered sequences of many writers, as a closed segment has them.
 *
 * <pre>
 *   magic "NREF" (4) | version (1) | CRC32C of the rest (4) | objects (8) | deflated entries
 *   entry: writer length (1) | writer | incarnation (8) | sequences (varlong) | distances (varlong each)
 * </pre>
 */
public final class ReferenceCodec {
    private static final int MAGIC = 0x4E524546;
    private static final byte VERSION = 1;
    private static final int CRC_AT = 5;
    private static final int OBJECTS_AT = CRC_AT + Integer.BYTES;
    private static final int HEADER_BYTES = OBJECTS_AT + Long.BYTES;
    /** More links than a segment of 2 GiB can have. */
    private static final long MAX_OBJECTS = 1L << 25;

    private ReferenceCodec() {}

    /** Throws {@link IllegalArgumentException} for more objects than a segment can have links. */
    public static byte[] encode(ReferenceSet references) {
        long objects = references.size();
        if (objects > MAX_OBJECTS) {
            throw new IllegalArgumentException(
                    "references must name at most " + MAX_OBJECTS + " objects, got " + objects);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[HEADER_BYTES]);
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater, 4096))) {
            references.byIncarnation().forEach((incarnation, sequences) -> write(out, incarnation, sequences));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        byte[] encoded = bytes.toByteArray();
        ByteBuffer header = ByteBuffer.wrap(encoded);
        header.putInt(MAGIC).put(VERSION).putLong(OBJECTS_AT, objects).putInt(CRC_AT, crc(encoded));
        return encoded;
    }

    /** Throws {@link MalformedGcObjectException} for anything that {@link #encode} does not write. */
    public static ReferenceSet decode(byte[] encoded) {
        check(encoded.length >= HEADER_BYTES, "length of references");
        ByteBuffer header = ByteBuffer.wrap(encoded);
        check(header.getInt() == MAGIC && header.get() == VERSION, "version of references");
        check(header.getInt() == crc(encoded), "checksum of references");
        long objects = header.getLong();
        check(objects >= 0 && objects <= MAX_OBJECTS, "number of objects in references");
        ReferenceSet references = new ReferenceSet();
        Inflater inflater = new Inflater(true);
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(
                new ByteArrayInputStream(encoded, HEADER_BYTES, encoded.length - HEADER_BYTES), inflater, 4096))) {
            long left = objects;
            for (int length = in.read(); length >= 0; length = in.read()) {
                left -= read(in, length, left, references);
            }
            check(left == 0, "number of objects in references");
        } catch (ZipException e) {
            throw new MalformedGcObjectException("references cannot be inflated: " + e.getMessage());
        } catch (IOException e) {
            throw new MalformedGcObjectException("references end early: " + e.getMessage());
        } finally {
            inflater.end();
        }
        return references;
    }

    /** How many objects encoded references name, without decoding them. */
    public static long objects(byte[] encoded) {
        return ByteBuffer.wrap(encoded).getLong(OBJECTS_AT);
    }

    private static int crc(byte[] encoded) {
        CRC32C crc = new CRC32C();
        crc.update(encoded, OBJECTS_AT, encoded.length - OBJECTS_AT);
        return (int) crc.getValue();
    }

    private static void write(DataOutputStream out, WriterIncarnation incarnation, SequenceSet sequences) {
        try {
            byte[] writer = incarnation.writer().getBytes(StandardCharsets.US_ASCII);
            out.writeByte(writer.length);
            out.write(writer);
            out.writeLong(incarnation.incarnation());
            writeVarlong(out, sequences.size());
            long expected = 0;
            for (long next = sequences.first(); next >= 0; next = sequences.next(expected)) {
                writeVarlong(out, next - expected);
                expected = next + 1;
                if (expected < 0) {
                    return;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long read(DataInputStream in, int length, long left, ReferenceSet references) throws IOException {
        check(length > 0 && length <= WalObjectId.MAX_WRITER_LENGTH, "length of a writer");
        String writer = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        check(WalObjectId.isWriter(writer), "writer");
        long incarnation = in.readLong();
        check(incarnation >= 0, "incarnation");
        long count = readVarlong(in);
        check(count > 0 && count <= left, "number of sequences");
        SequenceSet sequences = references.of(new WriterIncarnation(writer, incarnation));
        check(sequences.isEmpty(), "duplicate incarnation");
        long expected = 0;
        for (long i = 0; i < count; i++) {
            long next = expected + readVarlong(in);
            check(expected >= 0 && next >= expected, "sequence");
            sequences.add(next);
            expected = next + 1;
        }
        return count;
    }

    private static void writeVarlong(DataOutputStream out, long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.writeByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readVarlong(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
            int part = in.readUnsignedByte();
            value |= (long) (part & 0x7F) << shift;
            if (part < 0x80) {
                return value;
            }
        }
        throw new MalformedGcObjectException("number in references is too long");
    }
}
