package io.narrows.cli;

import io.narrows.relay.SuppressForbidden;
import java.io.PrintWriter;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Entry point of the {@code narrows} command. Exit codes: 0 success, 1 failure (a check failed, a server
 * could not start), 2 wrong usage. Commands of other modules on the class path come from {@link CommandProvider}s.
 */
@Command(
        name = "narrows",
        description = "Kafka between availability zones: only pointers cross.",
        mixinStandardHelpOptions = true,
        version = "narrows 0.1.0 (Apache Kafka 4.3.1)",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            CostCommand.class,
            BrokerCommand.class,
            ProxyCommand.class,
            S3Command.class,
            LoadCommand.class,
            InspectCommand.class,
            GcCommand.class,
            RepairCommand.class
        },
        footer = {"", "Each command has its own --help, with examples. Start with: ./narrows demo"})
public final class NarrowsCli implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @SuppressForbidden("the command line ends the process with its exit code, also when a client thread hangs")
    @SuppressWarnings("SystemExitOutsideMain")
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command with all subcommands that the class path holds. */
    public static CommandLine commandLine() {
        CommandLine narrows = new CommandLine(new NarrowsCli());
        ServiceLoader.load(CommandProvider.class).forEach(provider -> narrows.addSubcommand(provider.command()));
        if (!narrows.getSubcommands().containsKey(BenchUnavailableCommand.NAME)) {
            narrows.addSubcommand(new BenchUnavailableCommand());
        }
        return Converters.register(narrows)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(NarrowsCli::wrongUsage)
                .setExecutionExceptionHandler(NarrowsCli::failed);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int wrongUsage(CommandLine.ParameterException error, String[] args) {
        CommandLine command = error.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("narrows: " + error.getMessage());
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    /** Prints one line; with -Dnarrows.trace=true also the stack trace. */
    private static int failed(Exception error, CommandLine command, CommandLine.ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("narrows: " + message(error));
        if (Boolean.getBoolean("narrows.trace")) {
            error.printStackTrace(err);
        }
        if (error instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Throwable error) {
        Throwable cause = error;
        while (cause.getMessage() == null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
