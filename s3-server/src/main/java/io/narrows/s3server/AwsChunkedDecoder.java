package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Takes the {@code aws-chunked} framing off a request body: {@code size[;chunk-signature=...] CRLF bytes CRLF}, repeated,
 * ended by a chunk of size 0 and trailers. Signatures are not checked. One per request, on its event loop.
 *
 * <pre>
 * SIZE_LINE --size > 0--> BYTES --all of them--> BYTES_END --CRLF--> SIZE_LINE
 *     \--size 0--> TRAILERS (to the end of the body)
 * </pre>
 */
final class AwsChunkedDecoder {
    /** A size line holds 16 hex digits and a signature of 64; trailers are skipped. */
    private static final int MAX_LINE = 512;

    private final Consumer<ByteBuf> sink;
    private final StringBuilder line = new StringBuilder();
    private State state = State.SIZE_LINE;
    private long remaining;

    /** {@code sink} borrows each part of the decoded body. */
    AwsChunkedDecoder(Consumer<ByteBuf> sink) {
        this.sink = sink;
    }

    /** Borrows {@code part} and reads all of it. Throws {@link S3Failure} for malformed framing. */
    void decode(ByteBuf part) {
        while (part.isReadable()) {
            switch (state) {
                case SIZE_LINE -> readSizeLine(part);
                case BYTES -> readBytes(part);
                case BYTES_END -> readBytesEnd(part);
                case TRAILERS -> part.skipBytes(part.readableBytes());
            }
        }
    }

    /** Whether the last chunk was seen. */
    boolean complete() {
        return state == State.TRAILERS;
    }

    private void readSizeLine(ByteBuf part) {
        if (!readLine(part)) {
            return;
        }
        int semicolon = line.indexOf(";");
        String size = semicolon < 0 ? line.toString() : line.substring(0, semicolon);
        try {
            remaining = Long.parseLong(size, 16);
        } catch (NumberFormatException e) {
            remaining = -1;
        }
        if (remaining < 0) {
            throw new S3Failure(S3Error.INCOMPLETE_BODY, "malformed chunk size");
        }
        line.setLength(0);
        state = remaining == 0 ? State.TRAILERS : State.BYTES;
    }

    private void readBytes(ByteBuf part) {
        int length = (int) Math.min(remaining, part.readableBytes());
        sink.accept(part.readSlice(length));
        remaining -= length;
        if (remaining == 0) {
            state = State.BYTES_END;
        }
    }

    private void readBytesEnd(ByteBuf part) {
        if (readLine(part)) {
            if (line.length() > 0) {
                throw new S3Failure(S3Error.INCOMPLETE_BODY, "a chunk is longer than its size");
            }
            state = State.SIZE_LINE;
        }
    }

    /** Appends to the line up to CRLF; false when the line goes on in the next part. */
    private boolean readLine(ByteBuf part) {
        int end = part.forEachByte(ByteProcessor.FIND_LF);
        int length = (end < 0 ? part.writerIndex() : end) - part.readerIndex();
        if (line.length() + length > MAX_LINE) {
            throw new S3Failure(S3Error.INCOMPLETE_BODY, "a line of the chunk framing is too long");
        }
        line.append(part.readCharSequence(length, StandardCharsets.ISO_8859_1));
        if (end < 0) {
            return false;
        }
        part.skipBytes(1);
        if (line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return true;
    }

    private enum State {
        SIZE_LINE,
        BYTES,
        BYTES_END,
        TRAILERS
    }
}
