package io.narrows.broker.relay;

import io.narrows.relay.rpc.RelaySession;
import java.util.Optional;

/** Who may relay: a peer speaks for every client whose name it puts on a batch. Any thread. */
@FunctionalInterface
public interface PeerCheck {
    /** Why the peer may not, or empty. */
    Optional<String> refusal(RelaySession session);
}
