package io.narrows.broker.server;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.RequestHeader;

/** Clients of one broker that fetch the first partition of a topic and never read a response. Used by one thread. */
final class SlowReaders implements AutoCloseable {
    private static final short VERSION = 12;
    private static final int MAX_BYTES = 4 << 20;

    private final int port;
    private final String topic;
    private final List<Socket> sockets = new ArrayList<>();

    SlowReaders(int port, String topic) {
        this.port = port;
        this.topic = topic;
    }

    /** One more of them. */
    void fetch(long offset, int minBytes) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("localhost", port));
        FetchRequest request = FetchRequest.Builder.forConsumer(
                        VERSION,
                        60_000,
                        minBytes,
                        Map.of(
                                new TopicPartition(topic, 0),
                                new FetchRequest.PartitionData(Uuid.ZERO_UUID, offset, 0, MAX_BYTES, Optional.empty())))
                .setMaxBytes(MAX_BYTES)
                .build(VERSION);
        ByteBuffer bytes = request.serializeWithHeader(new RequestHeader(request.apiKey(), VERSION, "slow", 1));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(bytes.remaining());
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        out.flush();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
