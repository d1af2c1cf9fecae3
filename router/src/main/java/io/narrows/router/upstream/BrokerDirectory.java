package io.narrows.router.upstream;

import java.util.Collection;

/** Is told where the brokers are whenever that changes. */
public interface BrokerDirectory {
    /** Replaces what was known; connections to brokers that are no longer named end. May be called from any thread. */
    void brokers(Collection<BrokerAddress> brokers);
}
