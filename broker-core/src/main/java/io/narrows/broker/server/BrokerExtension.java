package io.narrows.broker.server;

import kafka.server.ReplicaManager;

/**
 * What builds on a running broker: the relay server and the staging of direct clients' batches. Called on the thread
 * that starts or stops the broker; {@link #replicaManager} on whichever thread first asks the broker for it.
 */
public interface BrokerExtension {
    /** No relay and no staging: every batch stays inline. */
    BrokerExtension NONE = new BrokerExtension() {};

    /** The replica manager to use in place of the stock one, which was built but has not been started. */
    default ReplicaManager replicaManager(BrokerContext broker, ReplicaManager stock) {
        return stock;
    }

    /** The broker is unfenced and serves clients. A throw stops the start. */
    default void started(BrokerContext broker) {}

    /** The broker is about to hand over its leaderships and stop. */
    default void stopping(BrokerContext broker) {}

    /** The broker leads no partition any more that another one can lead, but can still append and answer. */
    default void leadershipsMoved(BrokerContext broker) {}

    /** The broker has stopped. */
    default void stopped(BrokerContext broker) {}
}
