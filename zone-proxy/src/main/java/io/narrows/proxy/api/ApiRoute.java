package io.narrows.proxy.api;

/** Who answers an API that clients may send to brokers. RFC 0004 gives the reasons. */
public enum ApiRoute {
    PROXY("the proxy itself, from what brokers say"),
    ANY("any broker, which asks the controller where it must"),
    LEADER("the leaders of its partitions, merged"),
    REPLICA("the replicas in the zone, or the leaders, merged"),
    COORDINATOR("the coordinator of each group or transactional id, merged"),
    BROKER("the broker that the request names; the rest any broker"),
    PORT("the broker whose port the client came to (broker.port.base); without such ports it is not served"),
    ALL("all brokers, merged; the one whose port the client came to"),
    REFUSED("not served");

    private final String meaning;

    ApiRoute(String meaning) {
        this.meaning = meaning;
    }

    public String meaning() {
        return meaning;
    }
}
