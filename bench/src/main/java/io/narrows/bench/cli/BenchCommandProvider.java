package io.narrows.bench.cli;

import io.narrows.cli.CommandProvider;

/** Adds {@code narrows bench} where this module is on the class path: in a source checkout. Stateless. */
public final class BenchCommandProvider implements CommandProvider {
    @Override
    public Object command() {
        return new BenchCommand();
    }
}
