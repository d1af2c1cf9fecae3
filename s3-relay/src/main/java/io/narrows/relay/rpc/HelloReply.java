package io.narrows.relay.rpc;

/** Answer to a {@link Hello}; with a code other than {@link RelayError#NONE} the connection closes after it. */
public record HelloReply(
        RelayError error,
        String message,
        int version,
        String clusterId,
        int brokerId,
        String zone,
        int maxFrameBytes) {}
