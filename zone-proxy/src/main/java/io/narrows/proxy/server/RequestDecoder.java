package io.narrows.proxy.server;

import io.narrows.proxy.api.ApiCall;
import io.narrows.router.wire.BoundedReadable;
import io.narrows.router.wire.KeyedArrays;
import io.narrows.router.wire.ShareRequestReader;
import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ShareAcknowledgeRequest;
import org.apache.kafka.common.requests.ShareFetchRequest;
import org.jspecify.annotations.Nullable;

/** Turns a frame into a request, with the same leniency as a broker: only ApiVersions may have an unknown version. */
final class RequestDecoder {
    private RequestDecoder() {}

    /** A request and what its response needs. */
    record Decoded(int correlationId, short responseHeaderVersion, ApiCall call, int fields) {
        /** An object of a message takes some 40 bytes of heap for each of its fields, also if it is empty. */
        private static final long HEAP_BYTES_PER_FIELD = 40;

        /** Bytes of the heap beyond those of the frame, from which nothing is copied but names. */
        long heapBytes() {
            return fields * HEAP_BYTES_PER_FIELD;
        }
    }

    /** Borrows the frame. Throws {@link InvalidRequestException} for whatever is not a request of a client. */
    static Decoded decode(ByteBuf frame) {
        ApiKeys key = ApiKeys.forId(frame.getShort(frame.readerIndex()));
        short version = frame.getShort(frame.readerIndex() + Short.BYTES);
        if (!key.hasValidVersion() || !key.isVersionEnabled(version, false)) {
            throw new InvalidRequestException("version " + version + " of " + key + " is not supported");
        }
        try {
            BoundedReadable readable = new BoundedReadable(frame);
            RequestHeaderData header = new RequestHeaderData(readable, key.requestHeaderVersion(version));
            KeyedArrays.check(key, version, readable.slice());
            AbstractRequest request = body(key, version, readable);
            ApiCall call = new ApiCall(key, emptyIfNull(header.clientId()), request, readable::retainedSlice);
            return new Decoded(
                    header.correlationId(), key.responseHeaderVersion(request.version()), call, readable.fieldsRead());
        } catch (InvalidRequestException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new InvalidRequestException("malformed request of " + key + " version " + version, e);
        }
    }

    private static AbstractRequest body(ApiKeys key, short version, BoundedReadable readable) {
        if (key == ApiKeys.API_VERSIONS && !key.isVersionSupported(version)) {
            return new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, version);
        }
        return switch (key) {
            case SHARE_FETCH -> new ShareFetchRequest(ShareRequestReader.fetch(readable, version), version);
            case SHARE_ACKNOWLEDGE ->
                new ShareAcknowledgeRequest.Builder(ShareRequestReader.acknowledge(readable, version)).build(version);
            default -> AbstractRequest.parseRequest(key, version, readable).request;
        };
    }

    private static String emptyIfNull(@Nullable String text) {
        return text == null ? "" : text;
    }
}
