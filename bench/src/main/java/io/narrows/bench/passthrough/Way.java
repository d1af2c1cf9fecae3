package io.narrows.bench.passthrough;

/** How clients reach the broker. */
public enum Way {
    DIRECT,
    PROXY
}
