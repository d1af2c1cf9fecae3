package io.narrows.proxy.api;

import io.narrows.proxy.metadata.Endpoint;

/**
 * Who is at the other end of a connection.
 *
 * @param advertised how clients of this connection's listener reach the proxy
 */
public record Client(String principalType, String principalName, String address, Endpoint advertised) {}
