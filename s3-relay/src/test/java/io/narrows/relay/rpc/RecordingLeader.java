package io.narrows.relay.rpc;

import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A leader that accepts who says Hello, unless told otherwise, and answers the first entry of each request. */
final class RecordingLeader implements RelaySession.Handler {
    private final AtomicInteger hellos = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicLong payloadBytes = new AtomicLong();
    private volatile byte[] lastBytes = new byte[0];
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

    /** Of the entry that came last. */
    byte[] lastBytes() {
        return lastBytes;
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
                byte[] bytes = entry.bytes() == null ? new byte[0] : ByteBufUtil.getBytes(entry.bytes());
                payloadBytes.addAndGet(bytes.length);
                lastBytes = bytes;
            }
        }
        request.release();
        from.reply(new AppendResult(request.requestId(), List.of(RelaySamples.success(0, 100))));
    }

    @Override
    public void onAnnounce(RelaySession from, long number, int batchBytes) {
        from.grant(number);
    }

    @Override
    public void onWithdraw(RelaySession from, long number) {}

    @Override
    public void onClosed(RelaySession gone) {
        closed.incrementAndGet();
    }
}
