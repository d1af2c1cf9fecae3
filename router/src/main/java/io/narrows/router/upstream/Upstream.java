package io.narrows.router.upstream;

import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Sends Kafka requests to brokers over pipelined connections that are opened on demand, one per broker. Versions are
 * negotiated with ApiVersions. Futures complete on the router's loop; they fail with a
 * {@link org.apache.kafka.common.errors.RetriableException} when the broker could not be reached, the connection was
 * lost or the time limit passed, and with
 * {@link org.apache.kafka.common.errors.UnsupportedVersionException} when the broker does not speak that version.
 */
public interface Upstream extends AutoCloseable {
    /**
     * Sends the request in the given version ({@link #NEWEST}: the newest both sides speak) and completes with the
     * response's message. May be called from any thread.
     */
    CompletableFuture<ApiMessage> send(Target target, ApiKeys api, short version, String clientId, ApiMessage request);

    /** The lowest version range that every known broker offers for the api; null-free: an unsupported api is 0..-1. */
    VersionRange versions(ApiKeys api);

    /**
     * Connections of its own for one client connection, on the event loop of that connection; the caller closes them.
     * {@code client} and the client id name who pays for the memory of answers. May be called from any thread.
     */
    ClientUpstream forClient(EventLoop clientLoop, String client);

    short NEWEST = -1;

    @Override
    void close();

    /** Who gets the request. */
    sealed interface Target {
        /** Any reachable broker, in the proxy's zone if there is one. */
        record AnyBroker() implements Target {}

        record BrokerId(int id) implements Target {}
    }

    /** Inclusive; empty when {@code max < min}. */
    record VersionRange(short min, short max) {}
}
