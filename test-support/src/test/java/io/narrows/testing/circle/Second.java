package io.narrows.testing.circle;

final class Second {
    Class<?> back() {
        return First.class;
    }
}
