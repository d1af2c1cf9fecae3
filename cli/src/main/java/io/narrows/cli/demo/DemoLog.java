package io.narrows.cli.demo;

import io.narrows.cli.load.LoadProgress;
import java.io.PrintWriter;
import java.util.Locale;

/** What a demo says while it runs, line by line. */
record DemoLog(PrintWriter out) {
    void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    void progress(LoadProgress now) {
        say(
                "  %3d s   produced %,10d records %,9.1f MB   read %,10d records   ack p50 %.1f ms, p99 %.1f ms",
                now.elapsed().toSeconds(), now.records(), now.bytes() / 1e6, now.consumed(), now.p50Ms(), now.p99Ms());
    }
}
