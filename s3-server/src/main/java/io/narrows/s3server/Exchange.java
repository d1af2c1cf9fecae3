package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/** The server's side of one request between its head and its answer; used on the connection's event loop only. */
interface Exchange {
    /** Takes a part of the body. Borrows {@code part}. Throws {@link S3Failure} to refuse the request. */
    void body(ByteBuf part);

    /**
     * The body is complete: whatever the request changes is changed now. What is returned makes the answer when it falls
     * due. Throws {@link S3Failure} to refuse the request.
     */
    Supplier<Answer> end();

    /** The request will not be answered: frees what it holds. */
    void abort();

    /** A request whose body, if it has one, does not matter. */
    static Exchange withoutBody(Supplier<Supplier<Answer>> end) {
        return new Exchange() {
            @Override
            public void body(ByteBuf part) {}

            @Override
            public Supplier<Answer> end() {
                return end.get();
            }

            @Override
            public void abort() {}
        };
    }

    /** A request with a small body that is needed as a whole. */
    final class Small implements Exchange {
        private static final int MAX_BYTES = 4 << 20;

        private final ByteBuf bytes = Unpooled.buffer();
        private final Function<byte[], Answer> action;
        private final @Nullable AwsChunkedDecoder decoder;

        Small(S3Request request, Function<byte[], Answer> action) {
            this.action = action;
            this.decoder = request.awsChunked() ? new AwsChunkedDecoder(this::append) : null;
        }

        @Override
        public void body(ByteBuf part) {
            if (decoder == null) {
                append(part);
            } else {
                decoder.decode(part);
            }
        }

        @Override
        public Supplier<Answer> end() {
            byte[] whole = new byte[bytes.readableBytes()];
            bytes.readBytes(whole);
            Answer answer = action.apply(whole);
            return () -> answer;
        }

        @Override
        public void abort() {}

        private void append(ByteBuf part) {
            if (bytes.readableBytes() + part.readableBytes() > MAX_BYTES) {
                throw new S3Failure(S3Error.ENTITY_TOO_LARGE, "the body of this request is too large");
            }
            bytes.writeBytes(part);
        }
    }

    /** A PUT of an object: streams into the storage, checking length and, when it is named, CRC32C. */
    final class Put implements Exchange {
        private final ObjectStorage.Upload upload;
        private final ObjectStorage.Condition condition;
        private final @Nullable AwsChunkedDecoder decoder;
        private final @Nullable String expectedChecksum;
        private final Checksum checksum = new CRC32C();
        private final Function<String, Answer> answer;
        private long missing;

        Put(ObjectStorage storage, S3Request request, Function<String, Answer> answer) {
            this.answer = answer;
            String ifMatch = request.header("if-match");
            this.condition = new ObjectStorage.Condition("*".equals(request.header("if-none-match")), ifMatch);
            this.decoder = request.awsChunked() ? new AwsChunkedDecoder(this::append) : null;
            this.expectedChecksum = request.header("x-amz-checksum-crc32c");
            this.missing = request.bodySize();
            ObjectStorage.Upload begun = storage.begin(request.bucket(), request.key(), missing);
            this.upload = begun;
        }

        @Override
        public void body(ByteBuf part) {
            if (decoder == null) {
                append(part);
            } else {
                decoder.decode(part);
            }
        }

        @Override
        public Supplier<Answer> end() {
            if (missing > 0 || (decoder != null && !decoder.complete())) {
                throw new S3Failure(S3Error.INCOMPLETE_BODY, "the body ended early");
            }
            if (expectedChecksum != null && !expectedChecksum.equals(Checksums.encode((int) checksum.getValue()))) {
                throw new S3Failure(S3Error.BAD_DIGEST, "the CRC32C does not match the body");
            }
            Answer created = answer.apply(upload.commit(condition));
            return () -> created;
        }

        @Override
        public void abort() {
            upload.abort();
        }

        private void append(ByteBuf part) {
            int length = part.readableBytes();
            if (length > missing) {
                throw new S3Failure(S3Error.INCOMPLETE_BODY, "the body is longer than its Content-Length");
            }
            missing -= length;
            if (expectedChecksum != null) {
                Checksums.update(checksum, part);
            }
            upload.write(part);
        }
    }
}
