package io.narrows.proxy.share;

import org.apache.kafka.common.message.ShareFetchRequestData;

/** A share consumer's fetch. */
public record ShareCall(short version, String clientId, ShareFetchRequestData request) {}
