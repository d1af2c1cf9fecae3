package io.narrows.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.Crc32c;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.wal.EncodedWalObject;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalObjectEncoder;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narrows inspect} on an object and a segment that points into it. */
final class InspectCommandTest {
    private static final UUID TOPIC = new UUID(1, 2);

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final byte[] batch = batch("a record");
    private byte[] object = {};
    private byte[] segment = {};

    @TempDir
    Path directory;

    @BeforeEach
    void writeAnObjectAndALinkToIt() {
        ByteBuf bytes = Unpooled.directBuffer().writeBytes(batch);
        EncodedWalObject encoded = WalObjectEncoder.encode(
                new WalObjectId("proxy-a", 7, 42),
                List.of(new WalBlock(TOPIC, 3, 1, bytes, Crc32c.of(bytes))),
                UnpooledByteBufAllocator.DEFAULT);
        object = new byte[encoded.body().readableBytes()];
        encoded.body().getBytes(0, object);
        boolean unused = encoded.body().release();
        ByteBuffer link =
                LinkBatch.write(ByteBuffer.wrap(batch), 0, encoded.pointers().get(0));
        byte[] inline = batch("another");
        segment = ByteBuffer.allocate(link.remaining() + inline.length)
                .put(link)
                .put(inline)
                .array();
    }

    @Test
    void aSegmentShowsItsLinksAndWhereTheyPoint() throws IOException {
        assertThat(inspect(file("00.log", segment))).isZero();
        assertThat(out.toString())
                .contains(
                        "-> wal/proxy-a/", "/00000000000000000042", "1 links for " + batch.length + " bytes, 1 inline");
    }

    @Test
    void anObjectShowsItsBlocksAsJson() throws IOException {
        assertThat(inspect(file("object", object), "--json")).isZero();
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.path("writer").asText()).isEqualTo("proxy-a");
        assertThat(json.path("sequence").asLong()).isEqualTo(42);
        assertThat(json.path("sound").asBoolean()).isTrue();
        assertThat(json.at("/blocks/0/partition").asInt()).isEqualTo(3);
        assertThat(json.at("/blocks/0/batches/0/sizeBytes").asInt()).isEqualTo(batch.length);
    }

    @Test
    void anObjectIsReadFromAStore() throws Exception {
        try (EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory())) {
            s3.createBucket("zones");
            URI url = s3.endpoint().resolve("/zones/wal/x");
            HttpResponse<String> put = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(url)
                                    .PUT(HttpRequest.BodyPublishers.ofByteArray(object))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
            assertThat(inspect("s3://zones/wal/x", "--endpoint", s3.endpoint().toString()))
                    .isZero();
        }
        assertThat(out.toString()).contains("writer proxy-a  incarnation 7  sequence 42", "partition 3");
    }

    @Test
    void damageIsNamedAndGivesExitCodeOne() throws IOException {
        byte[] damagedSegment = segment.clone();
        damagedSegment[segment.length - 1] ^= 1;
        assertThat(inspect(file("damaged.log", damagedSegment))).isEqualTo(1);
        assertThat(out.toString()).contains("PROBLEM: wrong CRC");
        assertThat(inspect(file("cut.log", Arrays.copyOf(segment, segment.length - 5))))
                .isEqualTo(1);
        assertThat(out.toString()).contains("after the last whole batch");
    }

    @Test
    void whatIsNoObjectGivesOneClearLine() throws IOException {
        assertThat(inspect(file("cut", Arrays.copyOf(object, object.length - 1))))
                .isEqualTo(1);
        assertThat(inspect(directory.resolve("nowhere").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("is not a valid WAL object", "no such file");
    }

    private int inspect(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "inspect";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return NarrowsCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }

    private String file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes).toString();
    }

    private static byte[] batch(String value) {
        ByteBuffer buffer = MemoryRecords.withRecords(
                        Compression.NONE, new SimpleRecord(1, null, value.getBytes(StandardCharsets.UTF_8)))
                .buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
