package io.narrows.bench.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.narrows.bench.it.RawRequests.Request;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ResponseHeader;
import org.jspecify.annotations.Nullable;

/**
 * Sends raw requests to one address, one at a time, and says what came back, without what must differ between two clusters.
 * Opens a connection again after it was closed. Used by one thread; owns its socket.
 */
final class RawConnection implements AutoCloseable {
    static final String CLOSED = "closed";
    static final String NO_ANSWER = "no response";

    /** As names of fields in Kafka's JSON of messages. */
    private static final Set<String> DIFFERENT = Set.of(
            "throttleTimeMs",
            "nodeId",
            "host",
            "port",
            "leader",
            "leaderId",
            "replicas",
            "replicaNodes",
            "isrNodes",
            "rack",
            "controllerId",
            "brokers",
            "nodeEndpoints",
            "clusterId",
            "topicId",
            "memberId",
            "producerId",
            "producerEpoch",
            "sessionId",
            "highWatermark",
            "lastStableOffset",
            "recordsSizeInBytes",
            "lastTimestamp",
            "configResources",
            "acquisitionLockTimeoutMs");

    private static final int TIMEOUT_MS = 5_000;

    private final int port;
    private @Nullable Socket socket;
    private int correlationId;

    RawConnection(int port) {
        this.port = port;
    }

    /** The normalized response as JSON, {@link #CLOSED} or {@link #NO_ANSWER}. */
    String send(Request request) {
        try {
            JsonNode answer = exchange(request);
            return answer == null ? CLOSED : normalize(answer).toString();
        } catch (SocketTimeoutException e) {
            close();
            return NO_ANSWER;
        } catch (EOFException | SocketException e) {
            close();
            return CLOSED;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The response as it is. */
    JsonNode ask(ApiKeys key, int version, ApiMessage body) throws IOException {
        ByteBuffer bytes =
                MessageUtil.toByteBufferAccessor(body, (short) version).buffer();
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return exchange(new Request(key, (short) version, RawRequests.Kind.EXISTING, array));
    }

    private JsonNode exchange(Request request) throws IOException {
        ApiKeys key = request.key();
        short known = (short) Math.min(request.version(), key.latestVersion(true));
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(key.id)
                .setRequestApiVersion(request.version())
                .setCorrelationId(++correlationId)
                .setClientId("raw");
        ByteBuffer headerBytes = MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion(known))
                .buffer();
        DataOutputStream out = new DataOutputStream(open().getOutputStream());
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + headerBytes.remaining() + request.body().length);
        frame.putInt(headerBytes.remaining() + request.body().length)
                .put(headerBytes)
                .put(request.body());
        out.write(frame.array());
        DataInputStream in = new DataInputStream(open().getInputStream());
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        ByteBuffer buffer = ByteBuffer.wrap(answer);
        short read = key == ApiKeys.API_VERSIONS && known != request.version() ? 0 : known;
        ResponseHeader responseHeader = ResponseHeader.parse(buffer, key.responseHeaderVersion(read));
        if (responseHeader.correlationId() != correlationId) {
            throw new IOException("a response to another request: " + responseHeader.correlationId());
        }
        return json(
                AbstractResponse.parseResponse(key, new ByteBufferAccessor(buffer), read)
                        .data(),
                read);
    }

    private Socket open() throws IOException {
        if (socket == null) {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.setTcpNoDelay(true);
        }
        return socket;
    }

    private static JsonNode json(ApiMessage data, short version) {
        try {
            Class<?> converter = Class.forName(data.getClass().getName() + "JsonConverter");
            return (JsonNode) converter
                    .getMethod("write", data.getClass(), short.class, boolean.class)
                    .invoke(null, data, version, false);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no JSON of " + data.getClass(), e);
        }
    }

    /** Elements of lists in one order, for brokers have none. */
    private static JsonNode normalize(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            object.properties().forEach(field -> copy.set(field.getKey(), valueOf(field.getKey(), field.getValue())));
            return copy;
        } else if (node instanceof ArrayNode array) {
            List<JsonNode> elements = new ArrayList<>();
            array.forEach(element -> elements.add(normalize(element)));
            elements.sort(Comparator.comparing(JsonNode::toString));
            return JsonNodeFactory.instance.arrayNode().addAll(elements);
        }
        return node;
    }

    /** Whether there is one, where the value itself is another cluster's. */
    private static JsonNode valueOf(String name, JsonNode value) {
        if (!DIFFERENT.contains(name)) {
            return normalize(value);
        }
        boolean absent = value.isNull() || (value.isNumber() && value.asLong() < 0);
        return JsonNodeFactory.instance.textNode(absent ? "none" : "*");
    }

    @Override
    public void close() {
        Socket ended = socket;
        socket = null;
        try {
            if (ended != null) {
                ended.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
