package io.narrows.relay.rpc;

/**
 * Answer to a {@link Hello}; with a code other than {@link RelayError#NONE} the connection closes after it.
 *
 * @param maxFrameBytes the largest frame that the leader accepts
 * @param maxBatchBytes the largest batch that it accepts, in parts if it does not fit into a frame
 * @param knownIncarnation with {@link RelayError#WRITER_BEHIND}: the greatest one of the writer that the leader remembers;
 *     0 otherwise
 */
public record HelloReply(
        RelayError error,
        String message,
        int version,
        String clusterId,
        int brokerId,
        String zone,
        int maxFrameBytes,
        int maxBatchBytes,
        long knownIncarnation) {}
