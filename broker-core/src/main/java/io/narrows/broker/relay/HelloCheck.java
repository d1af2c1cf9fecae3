package io.narrows.broker.relay;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayProtocol;
import io.narrows.relay.rpc.RelaySession;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides on a Hello: which versions are spoken, who may relay to this leader, and which connection speaks for a writer.
 * Thread-safe, because connections say Hello on their own event loops and get the reply immediately.
 */
final class HelloCheck {
    private static final Logger LOG = LoggerFactory.getLogger(HelloCheck.class);

    private final LeaderIdentity identity;
    private final PeerCheck peers;
    private final BooleanSupplier stopping;
    private final Loop loop;
    private final RelayServerMetrics metrics;
    private final Writers writers = new Writers();

    /** As many as peers like. */
    private final FoldedLog refusals = FoldedLog.perMinute(10);

    HelloCheck(
            LeaderIdentity identity, PeerCheck peers, BooleanSupplier stopping, Loop loop, RelayServerMetrics metrics) {
        this.identity = identity;
        this.peers = peers;
        this.stopping = stopping;
        this.loop = loop;
        this.metrics = metrics;
    }

    /** The decision on a Hello, with the reply to the peer. */
    sealed interface Decision {
        HelloReply reply();
    }

    record Refused(HelloReply reply) implements Decision {}

    record Accepted(HelloReply reply, Writers.Admission admission) implements Decision {}

    Decision decide(RelaySession session, Hello hello) {
        int version = RelayProtocol.negotiate(hello);
        if (version < 0) {
            return refused(
                    RelayError.UNSUPPORTED_VERSION,
                    "no relay version in common: this leader supports versions up to " + RelayProtocol.MAX_VERSION
                            + "; run the same release of Narrows on proxy and broker");
        }
        if (!hello.clusterId().equals(identity.clusterId())) {
            return refused(
                    RelayError.WRONG_CLUSTER,
                    "the proxy expects cluster " + hello.clusterId() + ", but this broker belongs to cluster "
                            + identity.clusterId() + "; check bootstrap.servers and relay.endpoints");
        }
        if (!WalObjectId.isWriter(hello.writer()) || hello.incarnation() < 0) {
            return refused(
                    RelayError.INVALID_MESSAGE,
                    "writer id '" + hello.writer() + "' or incarnation " + hello.incarnation()
                            + " is invalid: a writer id is 1 to 32 of a-z 0-9 . _ -, an incarnation at least 0");
        }
        Optional<String> unwelcome = peers.refusal(session);
        if (unwelcome.isPresent()) {
            refusals.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .addKeyValue("writer", hello.writer())
                            .addKeyValue("peer", session.remoteAddress())
                            .addKeyValue("reason", unwelcome.get())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Refused a relay connection"));
            return refused(RelayError.NOT_AUTHORIZED, unwelcome.get());
        }
        if (stopping.getAsBoolean()) {
            return refused(RelayError.BUSY, "the broker is shutting down");
        }
        Writers.Verdict verdict = writers.hello(session, hello.writer(), hello.incarnation());
        if (verdict instanceof Writers.Admission admission) {
            return new Accepted(reply(RelayError.NONE, notice(session, hello, admission), version), admission);
        } else if (verdict instanceof Writers.Fenced fenced) {
            return refused(
                    RelayError.FENCED_WRITER,
                    "a newer process with writer.id " + hello.writer() + " is connected from "
                            + fenced.later().remoteAddress()
                            + "; stop one of the two processes, or give it its own writer.id");
        }
        return behind(((Writers.Behind) verdict).known());
    }

    private static String notice(RelaySession session, Hello hello, Writers.Admission admission) {
        RelaySession fenced = admission.fenced();
        if (fenced == null || fenced == session || !admission.ofAnother()) {
            return "";
        }
        LOG.atWarn()
                .addKeyValue("writer", hello.writer())
                .addKeyValue("previousPeer", fenced.remoteAddress())
                .addKeyValue("peer", session.remoteAddress())
                .log("Two processes may use the same writer.id");
        return "this process replaced another with writer.id " + hello.writer() + ", which was connected from "
                + fenced.remoteAddress();
    }

    private Refused refused(RelayError error, String message) {
        metrics.refused(error);
        return new Refused(reply(error, message, 0));
    }

    private Refused behind(long known) {
        metrics.refused(RelayError.WRITER_BEHIND);
        return new Refused(new HelloReply(
                RelayError.WRITER_BEHIND,
                "a newer incarnation of this writer.id was connected before",
                0,
                identity.clusterId(),
                identity.brokerId(),
                identity.zone(),
                identity.maxFrameBytes(),
                identity.maxBatchBytes(),
                known));
    }

    private HelloReply reply(RelayError error, String message, int version) {
        return new HelloReply(
                error,
                message,
                version,
                identity.clusterId(),
                identity.brokerId(),
                identity.zone(),
                identity.maxFrameBytes(),
                identity.maxBatchBytes(),
                0);
    }
}
