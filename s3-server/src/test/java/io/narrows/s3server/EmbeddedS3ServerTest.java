package io.narrows.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Speaks plain HTTP to the server; what the AWS SDK makes of it is tested in s3-relay's contract test. */
final class EmbeddedS3ServerTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<EmbeddedS3Server> started = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void closeServers() {
        started.forEach(EmbeddedS3Server::close);
    }

    @ParameterizedTest
    @EnumSource
    void objectIsReadBackWholeAndInRanges(Kind kind) throws Exception {
        EmbeddedS3Server server = start(kind);
        byte[] body = random(3_000_000);

        assertThat(put(server, "wal/w/1", body).statusCode()).isEqualTo(200);

        assertThat(get(server, "wal/w/1", null).body()).isEqualTo(body);
        HttpResponse<byte[]> range = get(server, "wal/w/1", "bytes=1000000-1999999");
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.body()).isEqualTo(java.util.Arrays.copyOfRange(body, 1_000_000, 2_000_000));
        assertThat(range.headers().firstValue("content-range")).contains("bytes 1000000-1999999/3000000");
        assertThat(get(server, "wal/w/1", "bytes=2999990-4000000").body()).hasSize(10);
        assertThat(get(server, "wal/w/1", "bytes=-7").body()).hasSize(7);
        assertThat(get(server, "wal/w/1", "bytes=3000000-3000001").statusCode()).isEqualTo(416);
        assertThat(get(server, "wal/w/2", null).statusCode()).isEqualTo(404);
        assertThat(server.counters().requests(Operation.PUT)).isEqualTo(1);
        assertThat(server.counters().bytesIn()).isEqualTo(3_000_000);
        assertThat(server.counters().bytesOut()).isEqualTo(4_000_017);
        assertThat(server.counters().errors()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void deletedObjectIsGone(Kind kind) throws Exception {
        EmbeddedS3Server server = start(kind);
        put(server, "a", random(10));
        put(server, "a/b", random(10));

        assertThat(send(request(server, "a").DELETE()).statusCode()).isEqualTo(204);
        String many = "<Delete><Object><Key>a/b</Key></Object><Object><Key>missing</Key></Object></Delete>";
        assertThat(send(request(server, "?delete").POST(BodyPublishers.ofString(many)))
                        .statusCode())
                .isEqualTo(200);

        assertThat(get(server, "a", null).statusCode()).isEqualTo(404);
        assertThat(get(server, "a/b", null).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource
    void listingIsOrderedAndContinues(Kind kind) throws Exception {
        EmbeddedS3Server server = start(kind);
        for (int i = 9; i >= 0; i--) {
            put(server, "wal/" + i, random(i + 1));
        }
        put(server, "other/x", random(1));

        String first = text(get(server, "?list-type=2&prefix=wal/&max-keys=4&start-after=wal/2", null));

        assertThat(first).contains("<Key>wal/3</Key>", "<Key>wal/6</Key>", "<Size>4</Size>", "<IsTruncated>true<");
        assertThat(first).doesNotContain("wal/7</Key>").doesNotContain("other");
        String token = first.replaceAll("(?s).*<NextContinuationToken>(.*)</NextContinuationToken>.*", "$1");
        String second = text(get(server, "?list-type=2&prefix=wal/&continuation-token=" + token, null));
        assertThat(second).contains("<Key>wal/7</Key>", "<Key>wal/9</Key>", "<IsTruncated>false<");
        String grouped = text(get(server, "?list-type=2&delimiter=/", null));
        assertThat(grouped).contains("<Prefix>wal/</Prefix>", "<Prefix>other/</Prefix>", "<KeyCount>2<");
    }

    @Test
    void directoryKeepsObjectsOverARestart() throws Exception {
        EmbeddedS3Server server = start(Kind.DIRECTORY);
        String longKey = "k/" + "x".repeat(900) + "/é%+ .";
        put(server, encoded(longKey), random(100));
        server.close();
        Files.writeString(directory.resolve(".incoming").resolve("77"), "half");

        EmbeddedS3Server again = start(Kind.DIRECTORY);

        assertThat(get(again, encoded(longKey), null).body()).isEqualTo(random(100));
        assertThat(directory.resolve(".incoming")).isEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource
    void conditionalPutSucceedsOnce(Kind kind) throws Exception {
        EmbeddedS3Server server = start(kind);
        HttpRequest.Builder create = request(server, "m").header("if-none-match", "*");

        assertThat(send(create.PUT(BodyPublishers.ofByteArray(random(5)))).statusCode())
                .isEqualTo(200);
        assertThat(send(create.PUT(BodyPublishers.ofByteArray(random(6)))).statusCode())
                .isEqualTo(412);
        assertThat(get(server, "m", null).body()).hasSize(5);
    }

    @Test
    void wrongChecksumIsRefusedAndNothingStored() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        HttpRequest.Builder put = request(server, "x").header("x-amz-checksum-crc32c", "AAAAAA==");

        assertThat(send(put.PUT(BodyPublishers.ofByteArray(random(5)))).statusCode())
                .isEqualTo(400);

        assertThat(get(server, "x", null).statusCode()).isEqualTo(404);
    }

    @Test
    void latencyDelaysTheAnswer() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        server.faults().latency(LatencyModel.parse("put=80ms"));
        long start = System.nanoTime();

        put(server, "x", random(10));

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(80_000_000L);
    }

    @Test
    void unavailableServerAnswers503UntilCleared() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        server.faults().unavailable(Duration.ofHours(1), Set.of(Operation.PUT));

        assertThat(put(server, "x", random(100_000)).statusCode()).isEqualTo(503);
        assertThat(get(server, "x", null).statusCode()).isEqualTo(404);
        server.faults().clear();
        assertThat(put(server, "x", random(100_000)).statusCode()).isEqualTo(200);
        server.faults().unavailableWithProbability(1);
        assertThat(get(server, "x", null).statusCode()).isEqualTo(503);
    }

    @Test
    void hangHoldsAnswersBackUntilItIsOver() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        server.faults().hang(Duration.ofMillis(150));
        long start = System.nanoTime();

        assertThat(put(server, "x", random(10)).statusCode()).isEqualTo(200);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(150_000_000L);
    }

    @Test
    void chunkedFramingIsTakenOffHoweverItIsCut() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        String framed = "5;chunk-signature=abc\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32c:yZRlqg==\r\n\r\n";
        String head =
                "PUT /bucket/c HTTP/1.1\r\nhost: x\r\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
                        + "x-amz-decoded-content-length: 11\r\ncontent-length: " + framed.length() + "\r\n\r\n";

        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.setTcpNoDelay(true);
            for (byte octet : (head + framed).getBytes(StandardCharsets.ISO_8859_1)) {
                socket.getOutputStream().write(octet);
            }
            assertThat(readHead(socket)).startsWith("HTTP/1.1 200");
        }

        assertThat(text(get(server, "c", null))).isEqualTo("hello world");
    }

    @Test
    void malformedRequestIsAnsweredAndClosed() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        for (String bad : List.of("GARBAGE\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n", "PUT /bucket/x HTTP/1.1\r\n\r\n")) {
            try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
                socket.getOutputStream().write(bad.getBytes(StandardCharsets.ISO_8859_1));
                assertThat(readHead(socket)).startsWith("HTTP/1.1 4");
            }
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        EmbeddedS3Server server = start(Kind.MEMORY);
        put(server, "x", random(1));
        int count = 2_000;
        String requests = "HEAD /bucket/x HTTP/1.1\r\n\r\n".repeat(count - 1)
                + "HEAD /bucket/missing HTTP/1.1\r\nconnection: close\r\n\r\n";

        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.ISO_8859_1));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

            assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(count);
            assertThat(answers.lastIndexOf("HTTP/1.1 404")).isGreaterThan(answers.lastIndexOf("HTTP/1.1 200"));
        }
    }

    @Test
    void brokenUploadLeavesNothing() throws Exception {
        EmbeddedS3Server server = start(Kind.DIRECTORY);
        try (Socket socket = new Socket("127.0.0.1", server.endpoint().getPort())) {
            String head = "PUT /bucket/x HTTP/1.1\r\ncontent-length: 1000\r\n\r\nhalf";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        }

        assertThat(get(server, "x", null).statusCode()).isEqualTo(404);
        server.close();
        assertThat(directory.resolve("bucket")).isEmptyDirectory();
    }

    @Test
    void memoryBoundRefusesAndRecovers() throws Exception {
        EmbeddedS3Server server =
                started(EmbeddedS3Server.start(EmbeddedS3Config.inMemory().withMaxMemoryBytes(1000)));
        server.createBucket("bucket");

        put(server, "a", random(600));
        assertThat(put(server, "b", random(600)).statusCode()).isEqualTo(400);
        send(request(server, "a").DELETE());
        assertThat(put(server, "b", random(600)).statusCode()).isEqualTo(200);
    }

    @Test
    void takenPortIsReported() {
        EmbeddedS3Server server = start(Kind.MEMORY);
        EmbeddedS3Config same = EmbeddedS3Config.inMemory()
                .withAddress("127.0.0.1", server.endpoint().getPort());

        assertThatThrownBy(() -> EmbeddedS3Server.start(same))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot listen on 127.0.0.1");
    }

    private enum Kind {
        MEMORY,
        DIRECTORY
    }

    private EmbeddedS3Server start(Kind kind) {
        EmbeddedS3Config config =
                kind == Kind.MEMORY ? EmbeddedS3Config.inMemory() : EmbeddedS3Config.inDirectory(directory);
        EmbeddedS3Server server = started(EmbeddedS3Server.start(config));
        server.createBucket("bucket");
        return server;
    }

    private EmbeddedS3Server started(EmbeddedS3Server server) {
        started.add(server);
        return server;
    }

    private HttpResponse<byte[]> put(EmbeddedS3Server server, String key, byte[] body) throws Exception {
        return send(request(server, key).PUT(BodyPublishers.ofByteArray(body)));
    }

    private HttpResponse<byte[]> get(EmbeddedS3Server server, String key, String range) throws Exception {
        HttpRequest.Builder get = request(server, key).GET();
        return send(range == null ? get : get.header("range", range));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(EmbeddedS3Server server, String target) {
        return HttpRequest.newBuilder(
                        URI.create(server.endpoint() + "/bucket" + (target.startsWith("?") ? "" : "/") + target))
                .timeout(Duration.ofSeconds(10));
    }

    private static String encoded(String key) {
        return java.net.URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static String readHead(Socket socket) throws IOException {
        socket.setSoTimeout(10_000);
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                break;
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
