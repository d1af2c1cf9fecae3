package io.narrows.testing.circle.part;

import io.narrows.testing.circle.First;

/** Refers to the other package and is not referred to. */
final class Outside {
    Class<?> first() {
        return First.class;
    }
}
