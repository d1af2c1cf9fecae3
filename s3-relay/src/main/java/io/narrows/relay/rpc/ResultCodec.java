package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Results, several requests to a frame. A flag byte names the fields that differ from the usual outcome, so that a
 * success takes about ten bytes.
 */
final class ResultCodec {
    private static final int RELAY_ERROR = 1;
    private static final int ERROR_CODE = 2;
    private static final int LOG_APPEND_TIME = 4;
    private static final int THROTTLE = 8;
    private static final int LEADER = 16;
    private static final int ERROR_MESSAGE = 32;
    private static final int RECORD_ERRORS = 64;

    private static final int MIN_RESULT_BYTES = 4;
    private static final int MIN_RECORD_ERROR_BYTES = 2;
    private static final int MAX_CHUNK = 0xffff;

    /** A frame that has grown to this takes no further results. */
    private static final int FRAME_BYTES = 256 << 10;

    private ResultCodec() {}

    /**
     * Writes results from {@code from} on until the frame is full or the results are at their end; returns the index of
     * the first result that was not written. Borrows the buffer of {@code out}.
     */
    static int encode(WireWriter out, AppendResult result, int from) {
        ByteBuf buffer = out.buffer();
        out.varlong(result.requestId());
        int countOffset = buffer.writerIndex();
        out.int16(0);
        List<EntryResult> results = result.results();
        int end = Math.min(results.size(), from + MAX_CHUNK);
        int next = from;
        while (next < end && (next == from || !isFull(buffer))) {
            write(out, results.get(next++));
        }
        buffer.setShort(countOffset, next - from);
        return next;
    }

    static boolean isFull(ByteBuf buffer) {
        return buffer.writerIndex() >= FRAME_BYTES;
    }

    /** Borrows the frame. */
    static List<AppendResult> decode(Frame frame) {
        check(frame.type() == Frame.APPEND_RESULT, "unexpected type of a result frame");
        check(frame.version() == RelayProtocol.MAX_VERSION, "the version of a result frame is not the negotiated one");
        WireReader in = frame.header();
        List<AppendResult> decoded = new ArrayList<>();
        while (in.remaining() > 0) {
            long requestId = in.varlong();
            int count = Short.toUnsignedInt(in.int16());
            check(count > 0 && count <= in.remaining() / MIN_RESULT_BYTES, "the count of results exceeds the frame");
            List<EntryResult> results = new ArrayList<>(count);
            while (results.size() < count) {
                results.add(read(in));
            }
            decoded.add(new AppendResult(requestId, results));
        }
        return decoded;
    }

    private static void write(WireWriter out, EntryResult result) {
        String message = result.errorMessage();
        int flags = (result.relayError() == RelayError.NONE ? 0 : RELAY_ERROR)
                | (result.errorCode() == 0 ? 0 : ERROR_CODE)
                | (result.logAppendTimeMs() == -1 ? 0 : LOG_APPEND_TIME)
                | (result.throttleTimeMs() == 0 ? 0 : THROTTLE)
                | (result.currentLeaderId() == -1 && result.currentLeaderEpoch() == -1 ? 0 : LEADER)
                | (message == null ? 0 : ERROR_MESSAGE)
                | (result.recordErrors().isEmpty() ? 0 : RECORD_ERRORS);
        out.number(result.entryIndex()).int8(flags).zigzag(result.baseOffset()).zigzag(result.logStartOffset());
        if ((flags & RELAY_ERROR) != 0) {
            out.int8(result.relayError().code());
        }
        if ((flags & ERROR_CODE) != 0) {
            out.int16(result.errorCode());
        }
        if ((flags & LOG_APPEND_TIME) != 0) {
            out.zigzag(result.logAppendTimeMs());
        }
        if ((flags & THROTTLE) != 0) {
            out.zigzag(result.throttleTimeMs());
        }
        if ((flags & LEADER) != 0) {
            out.zigzag(result.currentLeaderId()).zigzag(result.currentLeaderEpoch());
        }
        if (message != null) {
            out.string(ControlCodec.cut(message, RelayProtocol.MAX_ERROR_CHARS));
        }
        if ((flags & RECORD_ERRORS) != 0) {
            writeRecordErrors(out, result.recordErrors());
        }
    }

    private static void writeRecordErrors(WireWriter out, List<EntryResult.RecordError> errors) {
        int count = Math.min(errors.size(), RelayProtocol.MAX_RECORD_ERRORS);
        out.number(count);
        for (EntryResult.RecordError error : errors.subList(0, count)) {
            String message = error.message();
            out.zigzag(error.batchIndex())
                    .string(message == null ? null : ControlCodec.cut(message, RelayProtocol.MAX_RECORD_ERROR_CHARS));
        }
    }

    private static EntryResult read(WireReader in) {
        int entryIndex = in.upTo(RelayProtocol.MAX_ENTRIES - 1, "the index of an entry");
        int flags = in.int8();
        check((flags & ~0x7f) == 0, "unknown flags of a result");
        long baseOffset = in.zigzag();
        long logStartOffset = in.zigzag();
        RelayError relayError = (flags & RELAY_ERROR) != 0 ? ControlCodec.error(in) : RelayError.NONE;
        short errorCode = (flags & ERROR_CODE) != 0 ? in.int16() : 0;
        long logAppendTimeMs = (flags & LOG_APPEND_TIME) != 0 ? in.zigzag() : -1;
        int throttleTimeMs = (flags & THROTTLE) != 0 ? in.zigzagInt() : 0;
        int leaderId = (flags & LEADER) != 0 ? in.zigzagInt() : -1;
        int leaderEpoch = (flags & LEADER) != 0 ? in.zigzagInt() : -1;
        @Nullable String message = (flags & ERROR_MESSAGE) != 0 ? in.string() : null;
        List<EntryResult.RecordError> recordErrors = (flags & RECORD_ERRORS) != 0 ? recordErrors(in) : List.of();
        return new EntryResult(
                entryIndex,
                relayError,
                errorCode,
                baseOffset,
                logAppendTimeMs,
                logStartOffset,
                throttleTimeMs,
                leaderId,
                leaderEpoch,
                message,
                recordErrors);
    }

    private static List<EntryResult.RecordError> recordErrors(WireReader in) {
        int count = in.count(RelayProtocol.MAX_RECORD_ERRORS, MIN_RECORD_ERROR_BYTES);
        List<EntryResult.RecordError> errors = new ArrayList<>(count);
        while (errors.size() < count) {
            errors.add(new EntryResult.RecordError(in.zigzagInt(), in.nullableString()));
        }
        return errors;
    }
}
