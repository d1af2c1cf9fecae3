package io.narrows.router.produce;

/** Entry of the produce path: hands out one {@link ProduceConnection} per client connection. Any thread may call it. */
public interface ProduceRouter {
    ProduceConnection connect();

    /** Bytes of client batches held; sessions stop reading at the configured bound. */
    long bufferedBytes();
}
