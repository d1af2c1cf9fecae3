package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.RelayedZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.router.policy.PathMode;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever Produce requests some clients send, an idempotent one beside them has all its batches acknowledged in order,
 * no frame is refused by the leader, and all memory comes back. {@code -Dsim.seed=N} replays, {@code -Dsim.rounds=N} runs
 * more rounds than a build does.
 */
@ExtendWith(LeakDetection.class)
final class ProduceFuzzTest {
    private static final int ROUNDS = Integer.getInteger("sim.rounds", 40);
    private static final long SEED = Long.getLong("sim.seed", 1L);
    private static final int PIPELINED = 5;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @ParameterizedTest
    @CsvSource({"DIRECT, b", "STAGED, b", "DIRECT, a", "STAGED, a"})
    void aClientAmongHostileOnesIsServedInOrder(PathMode mode, String zoneOfLeader) throws Exception {
        try (RelayedZone zone = new RelayedZone(mode, zoneOfLeader, SEED)) {
            zone.cluster.createTopic("orders", 1);
            zone.cluster.createTopic("others", 2);
            List<Socket> hostile = new ArrayList<>();
            try (Socket orderly = connect(zone)) {
                Random random = new Random(SEED);
                HostileProduce requests = new HostileProduce(random, zone.cluster);
                for (int round = 0; round < ROUNDS; round++) {
                    String where = "seed " + SEED + ", round " + round + ", " + mode + " to zone " + zoneOfLeader;
                    if (hostile.size() > 8) {
                        hostile.remove(0).close();
                    }
                    hostile.add(connect(zone));
                    for (int i = 0; i < PIPELINED; i++) {
                        send(zone, hostile, random, requests.frame());
                        write(orderly, HostileProduce.orderly(round * PIPELINED + i));
                        send(zone, hostile, random, requests.frame());
                    }
                    for (int i = 0; i < PIPELINED; i++) {
                        assertAcknowledged(orderly, round * PIPELINED + i, where);
                    }
                }
            } finally {
                for (Socket socket : hostile) {
                    socket.close();
                }
            }
            assertThat(zone.relayConnections())
                    .as("relay connections, seed " + SEED)
                    .isEqualTo(1);
            assertThat(zone.malformedFrames())
                    .as("malformed frames, seed " + SEED)
                    .isZero();
            Await.until("the router holds nothing", LIMIT, () -> zone.held.usedBytes() == 0);
            Await.until("sessions hold nothing", LIMIT, () -> zone.memory.usedBytes() == 0);
            System.out.printf(
                    "fuzzed %s to zone %s: %d acknowledged, %d batches in parts%n",
                    mode, zoneOfLeader, ROUNDS * PIPELINED, zone.batchesInParts());
        }
    }

    private static Socket connect(RelayedZone zone) throws IOException {
        Socket socket = new Socket("127.0.0.1", zone.port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) LIMIT.toMillis());
        return socket;
    }

    /** The proxy closes connections with requests that are none; then a new one takes the place. */
    private static void send(RelayedZone zone, List<Socket> sockets, Random random, byte[] frame) throws IOException {
        int chosen = random.nextInt(sockets.size());
        Socket socket = sockets.get(chosen);
        try {
            InputStream in = socket.getInputStream();
            in.skipNBytes(in.available());
            write(socket, frame);
        } catch (IOException closed) {
            socket.close();
            sockets.set(chosen, connect(zone));
        }
    }

    private static void write(Socket socket, byte[] frame) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(frame);
        out.flush();
    }

    private static void assertAcknowledged(Socket socket, int sequence, String where) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int length = in.readInt();
        ByteBuffer frame = ByteBuffer.allocate(4 + length).putInt(length);
        in.readFully(frame.array(), 4, length);
        Wire.Response response = Wire.response(ApiKeys.PRODUCE, (short) 9, Unpooled.wrappedBuffer(frame.array()));
        assertThat(response.correlationId()).as(where).isEqualTo(sequence);
        PartitionProduceResponse partition = ((ProduceResponseData) response.body())
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .get(0);
        assertThat(partition.errorCode()).as("sequence %d, %s", sequence, where).isZero();
    }
}
