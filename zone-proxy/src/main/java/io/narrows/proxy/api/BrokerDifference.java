package io.narrows.proxy.api;

/**
 * Where a proxy's response to the same request differs from a broker's, and why. The reference page lists these; a test
 * that sends the same raw requests to a stock broker and to a proxy allows no others. Stateless.
 */
public enum BrokerDifference {
    NODES(
            "Metadata, FindCoordinator, hints at leaders",
            "nodes of proxies in place of leaders, coordinators and the controller, at addresses of proxies",
            "clients reach proxies only"),
    REPLICAS(
            "Metadata after CreateTopics, CreatePartitions or a reassignment whose replicas are nodes of proxies",
            "the brokers that these nodes stood for, as replicas and in-sync replicas",
            "replicas stay real, so that tools see where data is and can name it; RFC 0004"),
    ONE_NODE(
            "Metadata for a client that takes all nodes at one address for one broker, such as librdkafka",
            "replicas whose ids are not among the nodes, so that the client cannot ask these brokers by id",
            "brokers have no address of their own without broker.port.base; fetches go to the proxy in any case"),
    ORDER("requests about several partitions or groups", "results in the order of the request", "brokers have none"),
    NOT_SERVED(
            "APIs that are not served, and AddPartitionsToTxn from version 4 on",
            "UNSUPPORTED_VERSION, ILLEGAL_SASL_STATE, or the connection is closed",
            "see the table"),
    API_VERSIONS("ApiVersions", "what is served, in the versions that every broker speaks", "see the table"),
    NAMED_TWICE(
            "OffsetForLeaderEpoch and DescribeProducers with a partition twice; groups or transactional ids of which one"
                    + " is named twice among others",
            "one result for each partition and each name",
            "leaders are asked once for each partition, coordinators once for each name"),
    ISOLATION_LEVEL(
            "Fetch with an isolation level that does not exist",
            "UNKNOWN_SERVER_ERROR for the request, also when it names no topic that exists",
            "the proxy refuses it before it looks topics up"),
    REPLICA(
            "Fetch with the id of a replica",
            "NOT_LEADER_OR_FOLLOWER, also when a broker has this id",
            "a client of a proxy is no replica"),
    HIGH_WATERMARK(
            "Fetch immediately after a Produce",
            "records may arrive slightly later",
            "the replica in the zone learns of the high watermark with its next fetch, as for consumers with client.rack"),
    DELETED_SHARE(
            "ShareFetch in a session with a topic that was deleted",
            "UNKNOWN_TOPIC_ID for the topic's partitions with records of others, once the proxy knows; before that"
                    + " UNKNOWN_SERVER_ERROR, at most ten times a second",
            "a broker fails each request with UNKNOWN_SERVER_ERROR, and Java consumers ask again without a pause"),
    NULL_RECORDS(
            "Produce with null records",
            "INVALID_RECORD",
            "a broker does not respond at all, so that the client waits for its timeout"),
    CODEC(
            "Produce with compression codec 5, 6 or 7",
            "INVALID_RECORD",
            "a broker returns UNKNOWN_SERVER_ERROR, which is not the client's fault"),
    LINK_BIT(
            "Produce with bit 14 of a batch's attributes, which Kafka does not use",
            "INVALID_RECORD",
            "the bit marks link batches in the log; all other unused bits are kept, as by a broker"),
    SEQUENCE_GAP(
            "Produce behind a batch of the same idempotent producer that failed, of a client that sees several nodes",
            "NOT_LEADER_OR_FOLLOWER where a broker returns OUT_OF_ORDER_SEQUENCE_NUMBER",
            "RFC 0002, rule P6: such a client may take the latter for lost data"),
    OVERTAKING(
            "Produce out of an idempotent producer's sequence, on one of several connections",
            "NOT_LEADER_OR_FOLLOWER, once",
            "RFC 0002, rule P9: the batch before it may be in another socket");

    private final String request;
    private final String response;
    private final String reason;

    BrokerDifference(String request, String response, String reason) {
        this.request = request;
        this.response = response;
        this.reason = reason;
    }

    static String markdown() {
        StringBuilder page = new StringBuilder("""

                ## Where responses differ from a broker's
                A test sends the same raw requests, of every API in every version, to a stock broker and to a proxy. Responses are
                equal but for these:

                | Request | The proxy's response | Reason |
                |---|---|---|
                """);
        for (BrokerDifference difference : values()) {
            page.append("| ").append(difference.request);
            page.append(" | ").append(difference.response);
            page.append(" | ").append(difference.reason).append(" |\n");
        }
        return page.toString();
    }
}
