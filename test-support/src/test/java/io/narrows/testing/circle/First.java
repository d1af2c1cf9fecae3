package io.narrows.testing.circle;

/** Names {@link Second} in a nested class only. */
public final class First {
    private First() {}

    static final class Inner {
        Second next() {
            return new Second();
        }
    }
}
