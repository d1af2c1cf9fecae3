package io.narrows.bench.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java program to start: on this process's class path or part of it.
 *
 * @param prefix put before {@code java}, for example what enters a network namespace; must take over the process
 */
public record JavaCommand(
        List<String> prefix, List<String> jvmOptions, List<String> classPath, String main, List<String> arguments) {
    private static final String NARROWS = "io.narrows.cli.NarrowsCli";
    private static final String OWN_PACKAGE = "io/narrows/";

    public JavaCommand {
        prefix = List.copyOf(prefix);
        jvmOptions = List.copyOf(jvmOptions);
        classPath = List.copyOf(classPath);
        arguments = List.copyOf(arguments);
    }

    /** {@code narrows <arguments>}. */
    public static JavaCommand narrows(List<String> jvmOptions, List<String> arguments) {
        List<String> options = new ArrayList<>(jvmOptions);
        options.add("-Dlog4j2.configurationFile=narrows-log4j2.xml");
        return new JavaCommand(List.of(), options, ownClassPath(), NARROWS, arguments);
    }

    /** Another program, of which no class of ours is part: entries of the class path that hold some are left out. */
    public static JavaCommand foreign(String main, List<String> jvmOptions, List<String> arguments) {
        Predicate<String> ours = JavaCommand::holdsOurClasses;
        List<String> others = ownClassPath().stream()
                .flatMap(JavaCommand::expand)
                .filter(ours.negate())
                .toList();
        return new JavaCommand(List.of(), jvmOptions, others, main, arguments);
    }

    public JavaCommand behind(List<String> newPrefix) {
        return new JavaCommand(newPrefix, jvmOptions, classPath, main, arguments);
    }

    List<String> words() {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-cp");
        command.add(String.join(File.pathSeparator, classPath));
        command.add(main);
        command.addAll(arguments);
        return command;
    }

    /** Test runners put the class path into a property of their own and start from one small jar. */
    private static List<String> ownClassPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(path.split(File.pathSeparator))
                .map(JavaCommand::absolute)
                .toList();
    }

    private static String absolute(String entry) {
        return entry.endsWith("*")
                ? Path.of(entry.substring(0, entry.length() - 1)).toAbsolutePath() + File.separator + "*"
                : Path.of(entry).toAbsolutePath().toString();
    }

    private static Stream<String> expand(String entry) {
        if (!entry.endsWith("*")) {
            return Stream.of(entry);
        }
        try (Stream<Path> jars = Files.list(Path.of(entry.substring(0, entry.length() - 1)))) {
            return jars
                    .map(Path::toString)
                    .filter(name -> name.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.toList())
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException("the class path entry " + entry + " cannot be listed", e);
        }
    }

    private static boolean holdsOurClasses(String entry) {
        Path path = Path.of(entry);
        if (!Files.isRegularFile(path)) {
            return Files.exists(path.resolve(OWN_PACKAGE));
        }
        try (JarFile jar = new JarFile(path.toFile())) {
            return jar.stream().anyMatch(one -> one.getName().startsWith(OWN_PACKAGE));
        } catch (IOException e) {
            throw new UncheckedIOException("the class path entry " + entry + " cannot be read", e);
        }
    }
}
