package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.utils.Exit;

/** Runs a command line tool of Kafka in this process, with what it prints as the result. One at a time. */
final class KafkaTool {
    private KafkaTool() {}

    /** The tool's way out: thrown where it would end the process. Some catch it and leave again: the first time counts. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Ended(int code) {
            super("exit code " + code);
        }
    }

    static String run(String main, String... arguments) throws Exception {
        return runWith("", main, arguments);
    }

    /** With standard input; fails if the tool ends with an error. */
    static synchronized String runWith(String input, String main, String... arguments) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        InputStream in = System.in;
        List<Integer> codes = new CopyOnWriteArrayList<>();
        Exit.Procedure leave = (status, message) -> {
            codes.add(status);
            throw new Ended(status);
        };
        Exit.setExitProcedure(leave);
        Exit.setHaltProcedure(leave);
        try (PrintStream captured = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            System.setErr(captured);
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof Ended)) {
                throw e;
            }
        } finally {
            System.setOut(out);
            System.setErr(err);
            System.setIn(in);
            Exit.resetExitProcedure();
            Exit.resetHaltProcedure();
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertThat(codes.isEmpty() ? 0 : codes.get(0))
                .as(main + " " + String.join(" ", arguments) + "\n" + text)
                .isZero();
        return text;
    }
}
