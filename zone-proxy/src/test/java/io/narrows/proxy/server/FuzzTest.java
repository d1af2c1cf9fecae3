package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever bytes come in, a session answers or closes, and gives back all memory. Seeds replay. */
@ExtendWith(LeakDetection.class)
final class FuzzTest {
    private static final int ROUNDS = Integer.getInteger("sim.rounds", 500);
    private static final long SEED = Long.getLong("sim.seed", 20_261_122L);

    private static List<ByteBuf> validFrames() {
        List<ByteBuf> frames = new ArrayList<>();
        for (short version = 3; version <= 12; version++) {
            frames.add(Wire.request(
                    ApiKeys.PRODUCE, version, 1, Wire.produce(-1, "orders", Wire.batch("a", "b"), Wire.batch("c"))));
        }
        for (short version : ApiKeys.METADATA.allVersions()) {
            MetadataRequestData.MetadataRequestTopic topic =
                    new MetadataRequestData.MetadataRequestTopic().setName("orders");
            frames.add(Wire.request(ApiKeys.METADATA, version, 2, new MetadataRequestData().setTopics(List.of(topic))));
        }
        frames.add(Wire.request(
                ApiKeys.API_VERSIONS,
                (short) 3,
                3,
                new ApiVersionsRequestData().setClientSoftwareName("n").setClientSoftwareVersion("1")));
        frames.add(Wire.request(
                ApiKeys.INIT_PRODUCER_ID, (short) 4, 4, new InitProducerIdRequestData().setTransactionalId("tx")));
        frames.add(Wire.request(
                ApiKeys.FIND_COORDINATOR,
                (short) 4,
                5,
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"))));
        frames.add(Wire.request(ApiKeys.END_TXN, (short) 3, 6, new EndTxnRequestData().setTransactionalId("tx")));
        frames.add(Wire.request(
                ApiKeys.ADD_OFFSETS_TO_TXN, (short) 3, 7, new AddOffsetsToTxnRequestData().setTransactionalId("tx")));
        return frames;
    }

    @Test
    void damagedRequestsNeverHarmTheProxy() {
        List<ByteBuf> frames = validFrames();
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(SEED + round);
            ByteBuf frame = damaged(frames.get(random.nextInt(frames.size())).copy(), random);
            run(frame, random, "seed " + (SEED + round));
        }
    }

    @Test
    void noiseNeverHarmsTheProxy() {
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(SEED - round);
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            ByteBuf bytes = Unpooled.wrappedBuffer(noise);
            if (random.nextBoolean() && noise.length >= 8) {
                bytes.setInt(0, noise.length - 4);
                bytes.setShort(4, random.nextInt(90));
                bytes.setShort(6, random.nextInt(14));
            }
            run(bytes, random, "seed " + (SEED - round));
        }
    }

    @Test
    void aRequestCutOffAtAnyByteIsHarmless() {
        for (ByteBuf frame : validFrames()) {
            byte[] bytes = ByteBufUtil.getBytes(frame);
            for (int length = 0; length < bytes.length; length += 3) {
                ByteBuf cut = Unpooled.copiedBuffer(bytes, 0, length);
                if (length > 4) {
                    cut.setInt(0, length - 4);
                }
                run(cut, new Random(length), "length " + length);
            }
        }
    }

    private static ByteBuf damaged(ByteBuf frame, Random random) {
        int damages = 1 + random.nextInt(4);
        for (int i = 0; i < damages; i++) {
            int position = (random.nextInt(4) == 0 ? 0 : 4) + random.nextInt(frame.readableBytes() - 4);
            switch (random.nextInt(4)) {
                case 0 -> frame.setByte(position, frame.getByte(position) ^ (1 << random.nextInt(8)));
                case 1 -> frame.setByte(position, random.nextInt());
                case 2 -> frame.setByte(position, 0xff);
                default -> {
                    int until = Math.min(frame.writerIndex(), position + 5);
                    for (int j = position; j < until; j++) {
                        frame.setByte(j, 0xff);
                    }
                }
            }
        }
        return frame;
    }

    private static void run(ByteBuf bytes, Random random, String what) {
        try (SessionHarness harness = new SessionHarness(FakeZone.SESSION, 16 << 20)) {
            harness.cluster.createTopic("orders", 2);
            int cut = bytes.isReadable() ? random.nextInt(bytes.readableBytes() + 1) : 0;
            harness.send(bytes.readRetainedSlice(cut));
            harness.send(bytes);
            harness.advanceMs(20_000);
            assertThat(harness.loop.inLoop()).isTrue();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(what, e);
        }
    }
}
