package io.narrows.relay.rpc;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A leader that accepts who says Hello, unless told otherwise, and answers the first entry of each request. */
final class RecordingLeader implements RelaySession.Handler {
    private final AtomicInteger hellos = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicLong payloadBytes = new AtomicLong();
    private volatile HelloReply reply = RelaySamples.welcome("zone-b");
    private volatile @Nullable RelaySession session;

    void answerWith(HelloReply answer) {
        reply = answer;
    }

    /** The one that said Hello last. */
    RelaySession session() {
        return session;
    }

    int hellos() {
        return hellos.get();
    }

    int closed() {
        return closed.get();
    }

    long payloadBytes() {
        return payloadBytes.get();
    }

    @Override
    public HelloReply onHello(RelaySession greeting, Hello hello) {
        session = greeting;
        hellos.incrementAndGet();
        return reply;
    }

    @Override
    public void onAppend(RelaySession from, AppendRequest request) {
        for (AppendGroup group : request.groups()) {
            for (AppendEntry entry : group.entries()) {
                payloadBytes.addAndGet(entry.bytes() == null ? 0 : entry.bytes().readableBytes());
            }
        }
        request.release();
        from.reply(new AppendResult(request.requestId(), List.of(RelaySamples.success(0, 100))));
    }

    @Override
    public void onClosed(RelaySession gone) {
        closed.incrementAndGet();
    }
}
