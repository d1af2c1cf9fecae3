package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.network.PlaintextTransportLayer;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How an answer of links, short and long inline batches in any order leaves through sockets. */
final class AnswerTest {
    private final AnswerMemory memory = AnswerMemories.of(1L << 30);
    private final List<ByteBuf> ranges = new ArrayList<>();
    private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
    private FileRecords file;

    @BeforeEach
    void open(@TempDir Path dir) throws IOException {
        file = FileRecords.open(dir.resolve("0.log").toFile());
    }

    @AfterEach
    void everyRangeIsFree() throws IOException {
        file.close();
        assertThat(ranges).allMatch(range -> range.refCnt() == 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aSocketGetsTheBytesInOrderHoweverLittleItTakes(long seed) throws Exception {
        Random random = new Random(seed);
        Answer answer = answer(random);
        SlowChannel channel = new SlowChannel(1 + random.nextInt(100_000));

        writeAll(answer, channel);

        assertThat(channel.taken()).as("seed %d", seed).isEqualTo(expected.toByteArray());
        answer.release();
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void aPlainSocketGetsTheBytesWithoutACopy(long seed) throws Exception {
        Answer answer = answer(new Random(seed));
        byte[] received = new byte[answer.size()];
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("localhost", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept();
                Selector selector = Selector.open()) {
            accepted.configureBlocking(false);
            SelectionKey key = accepted.register(selector, SelectionKey.OP_WRITE);
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> readAll(client, received));
            PlaintextTransportLayer channel = new PlaintextTransportLayer(key);
            for (int at = 0; at < answer.size(); ) {
                selector.select();
                at += answer.writeTo(channel, at, answer.size() - at);
            }
            reader.get();
        }

        assertThat(received).isEqualTo(expected.toByteArray());
        answer.release();
    }

    @Test
    void onTheHeapItIsTheSameAndItsRangesAreFree() throws Exception {
        Answer answer = answer(new Random(8));

        assertThat(answer.onHeap().buffer()).isEqualTo(ByteBuffer.wrap(expected.toByteArray()));

        assertThat(ranges).allMatch(range -> range.refCnt() == 0);
        SlowChannel channel = new SlowChannel(1_000_000);
        writeAll(answer, channel);
        assertThat(channel.taken()).isEqualTo(expected.toByteArray());
        answer.release();
    }

    private static void writeAll(Answer answer, TransferableChannel channel) throws IOException {
        for (int at = 0; at < answer.size(); ) {
            at += answer.writeTo(channel, at, answer.size() - at);
        }
    }

    private static void readAll(SocketChannel client, byte[] received) {
        ByteBuffer into = ByteBuffer.wrap(received);
        try {
            while (into.hasRemaining() && client.read(into) >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With ranges outside the heap. */
    private Answer answer(Random random) throws IOException {
        for (int i = 0; i < 40; i++) {
            int bytes = random.nextInt(8) == 0 ? 100_000 : 100 + random.nextInt(10_000);
            byte[] value = new byte[bytes];
            random.nextBytes(value);
            ByteBuffer batch = MemoryRecords.withRecords(i, Compression.NONE, 7, new SimpleRecord(1, null, value))
                    .buffer();
            expected.write(batch.array(), batch.arrayOffset() + batch.position(), batch.remaining());
            if (random.nextBoolean()) {
                file.append(MemoryRecords.readableRecords(batch));
                continue;
            }
            ByteBuffer stored = ByteBuffer.allocate(batch.remaining())
                    .put(batch.duplicate())
                    .flip();
            stored.putLong(0, 0).putInt(12, -1);
            ranges.add(Unpooled.directBuffer().writeBytes(stored.duplicate()));
            Pointer pointer = new Pointer(new WalObjectId("w", 1, i), 0, stored.remaining(), (int)
                    Crc32C.compute(stored, 0, stored.remaining()));
            file.append(MemoryRecords.readableRecords(LinkBatch.write(batch, 0, pointer)));
        }
        ReadPlan plan = ReadPlan.of(file.slice(0, file.sizeInBytes()), Integer.MAX_VALUE, true);
        AnswerMemory.Charge charge = memory.hold(Age.RECENT, ranges, plan.heapBytes());
        assertThat(charge).isNotNull();
        return Answer.of(plan, ranges, memory, Age.RECENT, charge);
    }
}
