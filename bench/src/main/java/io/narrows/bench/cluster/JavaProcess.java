package io.narrows.bench.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Java program in a JVM of its own, with its output in a file. Used by one thread; the process ends with
 * {@link #close} at the latest, and with this JVM.
 */
public final class JavaProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Path log;

    private JavaProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "kill-" + name));
    }

    /**
     * Starts {@code narrows <arguments>}.
     *
     * @param jvmOptions for example {@code -Xmx512m}
     * @param log where output goes; appended to, so that a restarted server keeps its history
     */
    public static JavaProcess start(String name, List<String> jvmOptions, List<String> arguments, Path log)
            throws IOException {
        return start(name, JavaCommand.narrows(jvmOptions, arguments), log);
    }

    /** The same for any program. */
    public static JavaProcess start(String name, JavaCommand command, Path log) throws IOException {
        Files.createDirectories(log.getParent());
        Process process = new ProcessBuilder(command.words())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new JavaProcess(name, process, log);
    }

    /** A program that is talked to over its standard input and output; its log is standard error alone. */
    static JavaProcess startTalking(String name, JavaCommand command, Path log) throws IOException {
        Files.createDirectories(log.getParent());
        Process process = new ProcessBuilder(command.words())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new JavaProcess(name, process, log);
    }

    /** What a talking program hears. */
    OutputStream input() {
        return process.getOutputStream();
    }

    /** What a talking program says. */
    InputStream output() {
        return process.getInputStream();
    }

    public String name() {
        return name;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** SIGKILL: no shutdown hook runs, nothing is flushed. */
    public void kill() throws InterruptedException {
        Process killed = process.destroyForcibly();
        boolean unused = killed.waitFor(10, TimeUnit.SECONDS);
    }

    /** SIGTERM; returns the exit code, or kills the process and says so when it takes longer than the bound. */
    public int stop(long timeoutSeconds) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException(name + " did not end within " + timeoutSeconds + " s of SIGTERM");
        }
        return process.exitValue();
    }

    /** SIGSTOP: the process is suspended, its connections stay open. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + signal + " " + name + " failed");
        }
    }

    /** The last lines of the log, for error messages. */
    public String tail(int lines) {
        try {
            List<String> all = Files.readAllLines(log);
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** Grows while the process has something to say; 0 when there is no log. */
    public long logBytes() {
        return log.toFile().length();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
