package io.narrows.cli;

/**
 * Adds a command to {@code narrows}. A module that depends on this one implements it and lists the implementation in
 * {@code META-INF/services}. The command line asks each provider once, on the thread that parses the arguments.
 */
public interface CommandProvider {
    /** A new instance of a class with picocli's {@code @Command}; its name differs from every other command's name. */
    Object command();
}
