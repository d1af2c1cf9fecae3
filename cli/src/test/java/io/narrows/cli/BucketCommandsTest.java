package io.narrows.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.gc.collector.Answer;
import io.narrows.broker.gc.collector.Floors;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcRound;
import io.narrows.broker.gc.collector.ReferenceReport;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.broker.gc.collector.SequenceSet;
import io.narrows.broker.gc.collector.WriterIncarnation;
import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.PutCondition;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalObjectEncoder;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code narrows gc} and {@code narrows inspect} of a bucket. */
final class BucketCommandsTest {
    private static final WriterIncarnation WRITER = new WriterIncarnation("proxy-a", 7L << 21);
    private static final UUID TOPIC = new UUID(1, 2);
    private static final long GRACE_MS = 1;

    private final StringWriter out = new StringWriter();
    private final DefaultEventExecutor executor = new DefaultEventExecutor();
    private final EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private S3ObjectStore store;
    private GcBucket bucket;

    @BeforeEach
    void writeFiveObjects() {
        s3.createBucket("zones");
        store = S3ObjectStore.open(
                new S3Settings(
                        s3.endpoint(),
                        "us-east-1",
                        "zones",
                        true,
                        new S3Settings.Credentials("a", "b"),
                        S3Settings.Limits.DEFAULT),
                new StoreMetrics(new MetricRegistry(), "store"));
        bucket = new GcBucket(store, new NettyLoop(executor));
        for (int sequence = 0; sequence < 5; sequence++) {
            ByteBuf batch = Unpooled.directBuffer().writeZero(100);
            store.put(
                            WRITER.object(sequence).key(),
                            WalObjectEncoder.encode(
                                            WRITER.object(sequence),
                                            List.of(new WalBlock(TOPIC, 3, 1, batch, Crc32c.of(batch))),
                                            UnpooledByteBufAllocator.DEFAULT)
                                    .body())
                    .join();
        }
        assertThat(bucket.claim("the-cluster").join()).isEqualTo("the-cluster");
    }

    @AfterEach
    void close() {
        store.close();
        s3.close();
        executor.shutdownGracefully();
    }

    @Test
    void withoutARoundNothingGoes() {
        assertThat(run("gc")).isEqualTo(1);
        assertThat(out.toString()).contains("cluster: the-cluster", "No round has started yet", "Nothing is deletable");
    }

    @Test
    void aDryRunSaysWhatGoesAndWhatKeepsTheRest() {
        round(GcRound.State.COMPLETE);
        answer(1, ranges(1, 2));
        answer(2, new SequenceSet());
        assertThat(run("gc", "--dry-run")).isZero();
        assertThat(out.toString())
                .contains(
                        "2 objects",
                        "unreferenced: 0,3",
                        "referenced: 1-2",
                        "newer than the last round: 4",
                        "broker 1 refers to 1-2, the oldest from orders-3",
                        "Deletable: 2 objects");
        assertThat(keys()).hasSize(5);
    }

    @Test
    void withoutDryRunItGoes() {
        round(GcRound.State.COMPLETE);
        answer(1, ranges(1, 2));
        answer(2, new SequenceSet());
        assertThat(run("gc")).isZero();
        assertThat(out.toString()).contains("Deleted 2 objects.");
        assertThat(keys())
                .containsExactly(
                        WRITER.object(1).key(),
                        WRITER.object(2).key(),
                        WRITER.object(4).key());
    }

    @Test
    void aBrokerWithoutAccountStopsIt() {
        round(GcRound.State.OPEN);
        answer(1, ranges(1, 2));
        assertThat(run("gc")).isEqualTo(1);
        assertThat(out.toString())
                .contains("broker 2 has not answered; until it reports, nothing is deleted", "Nothing is deletable");
        assertThat(keys()).hasSize(5);
    }

    @Test
    void aRoundThatDidNotCountStopsItAlthoughAllHaveAnswered() {
        round(GcRound.State.OPEN);
        answer(1, ranges(1, 2));
        answer(2, new SequenceSet());
        assertThat(run("gc")).isEqualTo(1);
        assertThat(keys()).hasSize(5);
    }

    @Test
    void aBucketShowsWritersSequencesAndPartitions() throws Exception {
        store.put("seg/AAAAAAAAAAEAAAAAAAAAAg/0000000003/00000000000000000500-xyz/00000000000000000000", bytes(70))
                .join();
        assertThat(run("inspect", "--json")).isZero();
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.at("/incarnations/0/writer").asText()).isEqualTo("proxy-a");
        assertThat(json.at("/incarnations/0/sequences").asText()).isEqualTo("0-4");
        assertThat(json.at("/partitions/0/walBatches").asInt()).isEqualTo(5);
        assertThat(json.at("/partitions/0/walBytes").asInt()).isEqualTo(500);
        assertThat(json.at("/partitions/0/segmentBaseOffsets/0").asLong()).isEqualTo(500);
        assertThat(json.at("/partitions/0/partition").asText()).isEqualTo("AAAAAAAAAAEAAAAAAAAAAg/00003");
    }

    @Test
    void aBucketShowsObjectsThatAreDamaged() {
        store.put(WRITER.object(5).key(), bytes(70)).join();
        assertThat(run("inspect")).isEqualTo(1);
        assertThat(out.toString()).contains("sequences 0-5", "1 WAL objects have no readable index");
    }

    private static ByteBuf bytes(int length) {
        return Unpooled.buffer().writeZero(length);
    }

    private void round(GcRound.State state) {
        Floors floors = Floors.of(Map.of(WRITER, new Floors.Floor(4, System.currentTimeMillis())));
        assertThat(bucket.write(new GcRound(5, 1, state, System.currentTimeMillis(), GRACE_MS, floors))
                        .join())
                .isPositive();
    }

    private void answer(int broker, SequenceSet ranges) {
        ReferenceReport account = new ReferenceReport();
        account.add(WRITER, ranges, "orders-3");
        Answer answer = new Answer(
                5,
                new Answer.Respondent(broker, new Registration(broker, "incarnation", Set.of("directory"))),
                Answer.State.READY,
                new Answer.Memory(GRACE_MS, Long.MAX_VALUE),
                Map.of(1, 1L, 2, 2L),
                account);
        Optional<ObjectInfo> seen = bucket.answerInfo(broker).join();
        assertThat(bucket.write(answer, PutCondition.unchanged(seen)).join().key())
                .endsWith("/" + broker);
    }

    private static SequenceSet ranges(long first, long last) {
        SequenceSet ranges = new SequenceSet();
        ranges.add(first, last);
        return ranges;
    }

    private List<String> keys() {
        return store.list("wal/", "", 100).join().objects().stream()
                .map(object -> object.key())
                .toList();
    }

    private int run(String command, String... more) {
        String[] all = new String[more.length + 4];
        all[0] = command;
        all[1] = "s3://zones";
        all[2] = "--endpoint";
        all[3] = s3.endpoint().toString();
        System.arraycopy(more, 0, all, 4, more.length);
        return NarrowsCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(System.err, true))
                .execute(all);
    }
}
