package io.narrows.s3server;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.Map;

/**
 * A response on its way out: {@code content} is a buffer or a file region and owned by the answer; {@code length} is what
 * Content-Length says, also for HEAD, which sends no content.
 */
record Answer(HttpResponseStatus status, Map<String, String> headers, long length, Object content) {
    static Answer empty(HttpResponseStatus status, Map<String, String> headers) {
        return new Answer(status, headers, 0, Unpooled.EMPTY_BUFFER);
    }

    static Answer xml(HttpResponseStatus status, byte[] body) {
        return new Answer(status, Map.of("content-type", "application/xml"), body.length, Unpooled.wrappedBuffer(body));
    }

    static Answer error(S3Failure failure, String resource) {
        byte[] body = S3Xml.error(failure, resource);
        Map<String, String> headers = new HashMap<>(failure.headers());
        headers.put("content-type", "application/xml");
        return new Answer(failure.error().status(), headers, body.length, Unpooled.wrappedBuffer(body));
    }

    boolean isError() {
        return status.code() >= 300;
    }

    void release() {
        boolean unused = ReferenceCountUtil.release(content);
    }
}
