package io.narrows.proxy.api;

/** Where requests of an API are answered. RFC 0004 gives the reasons. */
public enum ApiRoute {
    PROXY("the proxy itself, from brokers' metadata"),
    ANY("any broker, which forwards to the controller where required"),
    LEADER("the leaders of its partitions, merged"),
    REPLICA("the replicas in the zone, or the leaders, merged"),
    COORDINATOR("the coordinator of each group or transactional id, merged"),
    BROKER("the broker that the request names, otherwise any broker"),
    PORT("the broker of the port that the client uses (broker.port.base); not served without such ports"),
    ALL("all brokers, merged; one broker on its own port"),
    REFUSED("not served");

    private final String meaning;

    ApiRoute(String meaning) {
        this.meaning = meaning;
    }

    public String meaning() {
        return meaning;
    }
}
