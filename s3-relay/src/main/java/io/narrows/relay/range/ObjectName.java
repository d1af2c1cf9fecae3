package io.narrows.relay.range;

/** Names one immutable object of the store; equal names are equal objects. Immutable. */
public interface ObjectName {
    String key();
}
