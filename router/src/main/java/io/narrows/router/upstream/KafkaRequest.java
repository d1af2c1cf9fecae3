package io.narrows.router.upstream;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** A request in the version that its sender wants; {@link Upstream#NEWEST} for the newest that both sides speak. Immutable. */
record KafkaRequest(ApiKeys api, short version, String clientId, ApiMessage message) {}
