package io.narrows.cli.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.relay.wal.MalformedWalObjectException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;

/** What was found in a file or object. */
public sealed interface Inspection permits WalInspection, SegmentInspection {
    /** "NWAL", the first bytes of every WAL object. */
    int WAL_MAGIC = 0x4e57414c;

    /** Whether everything in it is as it must be. */
    boolean isSound();

    void print(PrintWriter out);

    ObjectNode json(ObjectMapper mapper);

    /** A WAL object when it begins like one, otherwise a log segment. Borrows the buffer. */
    static Inspection of(String name, ByteBuffer bytes) {
        if (bytes.remaining() >= Integer.BYTES && bytes.getInt(bytes.position()) == WAL_MAGIC) {
            try {
                return WalInspection.of(name, bytes);
            } catch (MalformedWalObjectException e) {
                throw new IllegalArgumentException(name + " is not a valid WAL object: " + e.getMessage(), e);
            }
        }
        return SegmentInspection.of(name, bytes);
    }
}
