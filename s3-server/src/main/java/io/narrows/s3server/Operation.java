package io.narrows.s3server;

/** Kinds of requests, as they are counted, slowed down and made to fail. */
public enum Operation {
    PUT,
    GET,
    HEAD,
    LIST,
    DELETE,
    /** Everything about buckets, and what the server does not know. */
    OTHER
}
