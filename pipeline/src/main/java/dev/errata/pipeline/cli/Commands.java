package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.Stages;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The parser of the command line. */
final class Commands {
    private Commands() {}

    /** With all commands. */
    static CommandLine all(Errata top) {
        CommandLine line = new CommandLine(top);
        ServiceLoader.load(Command.class).stream()
                .map(ServiceLoader.Provider::get)
                .forEach(line::addSubcommand);
        // Stages whose command does more than run them have classes of their own.
        Stages.commands().stream()
                .filter(stage -> !line.getSubcommands().containsKey(stage.name()))
                .forEach(stage -> line.addSubcommand(stage.name(), StageCommand.of(stage)));
        return set(line);
    }

    /**
     * Arguments parsed with the command alone whose name is among them: a start would wait for the options of all to be read. Empty where
     * there is none or something is wrong, which {@link #all} must say: the name may have been an option's value, and another command
     * meant.
     */
    static Optional<ParseResult> parsedAlone(Errata top, String... arguments) {
        return named(arguments)
                .map(command -> set(new CommandLine(top).addSubcommand(command)))
                .flatMap(line -> {
                    try {
                        return Optional.of(line.parseArgs(arguments));
                    } catch (ParameterException e) {
                        return Optional.empty();
                    }
                });
    }

    private static Optional<Command> named(String... arguments) {
        List<ServiceLoader.Provider<Command>> classes =
                ServiceLoader.load(Command.class).stream().toList();
        return Arrays.stream(arguments)
                .filter(argument -> !argument.startsWith("-"))
                .flatMap(name -> classes.stream()
                        .filter(each -> each.type()
                                .getAnnotation(CommandLine.Command.class)
                                .name()
                                .equals(name)))
                .findFirst()
                .map(ServiceLoader.Provider::get);
    }

    private static CommandLine set(CommandLine line) {
        return line.setCaseInsensitiveEnumValuesAllowed(true).setOverwrittenOptionsAllowed(false);
    }
}
