package io.narrows.proxy.departure;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Gauge;
import io.narrows.proxy.ZoneProxy;
import io.narrows.proxy.api.ApiRoute;
import io.narrows.proxy.api.ApiRouting;
import io.narrows.proxy.config.ProxyConfigParser;
import io.narrows.proxy.departure.MoodyBroker.Mood;
import io.narrows.router.produce.RouterStatus;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What was accepted is answered or released, also when the client leaves: every API of the table of decisions, several
 * requests behind each other, before a broker in every mood and a relay that says nothing. Afterwards a whole proxy holds
 * what it held before.
 */
@ExtendWith(LeakDetection.class)
final class DepartureTest {
    private static final Duration SOON = Duration.ofSeconds(40);

    /** One more than a connection may have unanswered, so that it is not read any further. */
    private static final int MORE_THAN_ARE_READ = 65;

    private static MoodyBroker broker;
    private static ServerSocket silentRelay;
    private static ZoneProxy proxy;

    /** How a client leaves. */
    private enum Way {
        RESETS,
        CLOSES,
        CLOSES_ITS_HALF
    }

    /** A client that has sent its requests. */
    private record Departing(SocketChannel channel, Way way) {
        void leave() throws IOException {
            switch (way) {
                case RESETS -> {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                    channel.close();
                }
                case CLOSES -> channel.close();
                case CLOSES_ITS_HALF -> channel.shutdownOutput();
            }
        }
    }

    @BeforeAll
    static void start() throws IOException {
        broker = new MoodyBroker();
        silentRelay = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = ZoneProxy.start(ProxyConfigParser.parse(Map.ofEntries(
                Map.entry("zone", "a"),
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:0"),
                Map.entry("admin.listener", ""),
                Map.entry("bootstrap.servers", "127.0.0.1:" + broker.port()),
                Map.entry("relay.endpoints", "1=127.0.0.1:" + silentRelay.getLocalPort()),
                Map.entry("s3.endpoint", "http://127.0.0.1:1"),
                Map.entry("s3.bucket", "wal"),
                Map.entry("s3.access.key", "key"),
                Map.entry("s3.secret.key", "secret"),
                Map.entry("path.mode", "direct"),
                Map.entry("request.timeout.ms", "1000"),
                Map.entry("drain.timeout.ms", "1000"))));
        Await.until(
                "the proxy knows its cluster",
                SOON,
                () -> proxy.readiness().reasons().stream()
                        .noneMatch(reason -> reason.condition().equals("cluster")));
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        silentRelay.close();
        broker.close();
    }

    private static Set<ApiKeys> served() {
        Set<ApiKeys> served = EnumSet.copyOf(ApiKeys.apisForListener(ListenerType.BROKER));
        served.removeIf(key -> ApiRouting.all().get(key) == ApiRoute.REFUSED);
        return served;
    }

    @ParameterizedTest
    @EnumSource(Mood.class)
    void nothingIsLeftWhenClientsLeave(Mood mood) throws Exception {
        if (isEndless(mood)) {
            tellWhoCoordinates(mood.name());
        }
        broker.mood(mood);
        List<Departing> departing = new ArrayList<>();
        try {
            for (ApiKeys key : served()) {
                for (Way way : Way.values()) {
                    departing.add(send(key, mood, way, 3));
                }
                departing.add(send(key, mood, Way.CLOSES, MORE_THAN_ARE_READ));
            }
            if (isEndless(mood)) {
                Await.until("requests are with the broker", SOON, () -> unseen().isEmpty());
            }
            for (Departing client : departing) {
                client.leave();
            }
            broker.answerLate();
            try {
                Await.until("everything is given back", SOON, () -> held().isEmpty());
            } catch (AssertionError e) {
                throw new AssertionError("still held: " + held() + ", by requests of " + holders(mood), e);
            }
        } finally {
            for (Departing client : departing) {
                client.channel().close();
            }
            broker.mood(Mood.ANSWERS);
        }
    }

    /** Whether requests get to the broker and stay there. */
    private static boolean isEndless(Mood mood) {
        return mood == Mood.SILENT || mood == Mood.LATE;
    }

    /** Of what goes over clients' own connections, so that no other client's request is before it. */
    private static Set<ApiKeys> unseen() {
        Set<ApiKeys> expected = served();
        expected.removeIf(key -> ApiRouting.all().get(key) != ApiRoute.COORDINATOR);
        expected.add(ApiKeys.FETCH);
        expected.add(ApiKeys.SHARE_FETCH);
        expected.removeAll(broker.seen());
        return expected;
    }

    /** The proxy remembers it: what goes to a coordinator is not delayed by a look-up. */
    private static void tellWhoCoordinates(String name) throws IOException {
        short version = ApiKeys.FIND_COORDINATOR.latestVersion(false);
        try (Socket socket = new Socket("127.0.0.1", proxy.port())) {
            socket.setSoTimeout((int) SOON.toMillis());
            for (CoordinatorType type : List.of(CoordinatorType.GROUP, CoordinatorType.TRANSACTION)) {
                FindCoordinatorRequestData request =
                        new FindCoordinatorRequestData().setKeyType(type.id()).setCoordinatorKeys(List.of(name));
                ByteBuffer body =
                        MessageUtil.toByteBufferAccessor(request, version).buffer();
                socket.getOutputStream()
                        .write(FilledRequests.frame(ApiKeys.FIND_COORDINATOR, version, 1, "finder", body)
                                .array());
                DataInputStream in = new DataInputStream(socket.getInputStream());
                in.readFully(new byte[in.readInt()]);
            }
        }
    }

    /** Requests of the API, alternately for what the cluster has and has not, and half of another one. */
    private static Departing send(ApiKeys key, Mood mood, Way way, int count) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        short version = key == ApiKeys.ADD_PARTITIONS_TO_TXN ? 3 : key.latestVersion(false);
        String client = "client-" + key + "-" + way + "-" + count;
        List<FilledRequests.Names> names = List.of(
                new FilledRequests.Names(MoodyBroker.TOPIC, MoodyBroker.TOPIC_ID, mood.name()),
                new FilledRequests.Names("missing", new Uuid(99, 1), mood.name()));
        byte[] frame = {};
        for (int i = 0; i < count; i++) {
            frame = FilledRequests.frame(key, version, i, client, names.get(i % 2))
                    .array();
            bytes.writeBytes(frame);
        }
        bytes.write(frame, 0, frame.length / 2);
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", proxy.port()));
        ByteBuffer all = ByteBuffer.wrap(bytes.toByteArray());
        while (all.hasRemaining()) {
            channel.write(all);
        }
        return new Departing(channel, way);
    }

    /** What the proxy holds for clients. */
    private static Map<String, Long> held() {
        Map<String, Long> held = new TreeMap<>();
        for (String gauge : List.of(
                "memory.used.bytes",
                "memory.waiting",
                "memory.clients",
                "fetch.memory.used.bytes",
                "fetch.memory.waiting",
                "fetch.memory.clients",
                "fetch.sessions",
                "fetch.session.partitions")) {
            held.put(gauge, number("narrows.proxy." + gauge));
        }
        held.put(
                "connections.open",
                proxy.metrics().counter("narrows.proxy.connections.open").getCount());
        RouterStatus router =
                Await.result("the router's status", SOON, proxy.status()).router();
        if (router != null) {
            held.put("produce connections", (long) router.lanes().connections());
            held.put("lanes with batches", (long) router.lanes().active());
            held.put("produced bytes", router.heldBytes());
        }
        // Besides those that all clients share.
        held.put("connections to the broker", Math.max(0L, broker.connections() - 4));
        held.values().removeIf(value -> value == 0);
        return held;
    }

    private static long number(String gauge) {
        Gauge<?> found = proxy.metrics().getGauges().get(gauge);
        assertThat(found).as(gauge).isNotNull();
        return ((Number) found.getValue()).longValue();
    }

    /** For the message of a failure: the APIs of which a single request is not given back. */
    private static Set<ApiKeys> holders(Mood mood) {
        return served().stream().filter(key -> holdsMemory(key, mood)).collect(Collectors.toSet());
    }

    private static boolean holdsMemory(ApiKeys key, Mood mood) {
        long before = number("narrows.proxy.memory.used.bytes");
        try {
            Departing client = send(key, mood, Way.CLOSES, 2);
            client.leave();
            Await.until(
                    "given back",
                    Duration.ofSeconds(3),
                    () -> number("narrows.proxy.memory.used.bytes") <= before
                            && proxy.metrics()
                                            .counter("narrows.proxy.connections.open")
                                            .getCount()
                                    == 0);
            return false;
        } catch (AssertionError | IOException e) {
            return true;
        }
    }
}
