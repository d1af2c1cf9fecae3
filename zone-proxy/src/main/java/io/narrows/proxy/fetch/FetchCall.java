package io.narrows.proxy.fetch;

import org.apache.kafka.common.message.FetchRequestData;

/** A client's fetch. */
public record FetchCall(short version, String clientId, FetchRequestData request) {}
