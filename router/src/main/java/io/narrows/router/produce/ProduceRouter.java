package io.narrows.router.produce;

/** Entry of the produce path: hands out one {@link ProduceConnection} per client connection. Any thread may call it. */
public interface ProduceRouter {
    ProduceConnection connect();
}
