package io.narrows.s3server;

import io.netty.channel.DefaultFileRegion;
import org.jspecify.annotations.Nullable;

/**
 * One version of an object: where its bytes are and what a listing says of it. Versions are compared by identity.
 * Immutable but for {@link #discard}; may be used from any thread.
 */
interface StoredObject {
    long size();

    long modifiedMs();

    String etag();

    /**
     * The bytes of a range in a form that Netty writes without copying, a buffer or a {@link DefaultFileRegion};
     * the caller releases it. Null when the object was deleted meanwhile.
     */
    @Nullable
    Object content(long position, int length);

    /** Frees the bytes, once the responses in flight have been sent. */
    void discard();
}
