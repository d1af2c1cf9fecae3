package io.narrows.broker.relay;

import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers results so that those of one request that come together go in one frame. Owned by the relay's loop. */
final class ResultFrames {
    private Map<Request, List<EntryResult>> pending = new LinkedHashMap<>();

    void add(RelayEntry entry, EntryResult result) {
        pending.computeIfAbsent(new Request(entry.peer(), entry.requestId()), request -> new ArrayList<>())
                .add(result);
    }

    void flush() {
        Map<Request, List<EntryResult>> sent = pending;
        pending = new LinkedHashMap<>();
        sent.forEach(
                (request, results) -> request.peer().session().reply(new AppendResult(request.requestId(), results)));
    }

    private record Request(RelayPeer peer, long requestId) {}
}
