package dev.errata.pipeline.cli;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Wrong usage of the command line as the one sentence of every failure. */
final class UsageFailure {
    private UsageFailure() {}

    /** The sentence for what picocli found wrong with these arguments. */
    static BadInputException of(ParameterException e, String... arguments) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().name();
        boolean top = command.getParent() == null;
        String help = top ? "see errata --help" : "see errata " + name + " --help";
        return new BadInputException(plain(what(e, command, top, arguments)), name, help, e);
    }

    private static String what(ParameterException e, CommandLine command, boolean top, String... arguments) {
        return switch (e) {
            case UnmatchedArgumentException unmatched ->
                unknown(unmatched.getUnmatched().getFirst(), command, top);
            case MissingParameterException missing
            when misspelt(command, arguments).isPresent() ->
                unknown(misspelt(command, arguments).get(), command, top);
            case MissingParameterException missing
            when !missing.getMissing().isEmpty() ->
                missing.getMissing().stream().map(UsageFailure::nameOf).collect(Collectors.joining(", "))
                        + " is missing";
            case OverwrittenOptionException twice -> "option " + nameOf(twice.getOverwritten()) + " is given twice";
            case ParameterException wrong
            when wrong.getArgSpec() != null && wrong.getValue() != null ->
                wrong.getValue() + " is no value for " + nameOf(wrong.getArgSpec()) + choices(wrong.getArgSpec());
            default -> String.valueOf(e.getMessage());
        };
    }

    /** An option that is not known explains one that is missing better than "missing" does. */
    private static Optional<String> misspelt(CommandLine command, String... arguments) {
        return Arrays.stream(arguments)
                .filter(each -> each.startsWith("--"))
                .map(each -> each.replaceAll("=.*", ""))
                .filter(each -> command.getCommandSpec().findOption(each) == null)
                .findFirst();
    }

    private static String nameOf(ArgSpec spec) {
        return spec instanceof OptionSpec option ? option.longestName() : spec.paramLabel();
    }

    private static String choices(ArgSpec spec) {
        Iterable<String> candidates = spec.completionCandidates();
        if (candidates == null) {
            return "";
        }
        List<String> names = new ArrayList<>();
        candidates.forEach(names::add);
        return names.isEmpty() ? "" : ", which takes " + String.join(", ", names);
    }

    private static String unknown(String word, CommandLine command, boolean top) {
        if (word.startsWith("-")) {
            String option = word.replaceAll("=.*", "");
            List<String> options = new ArrayList<>();
            command.getCommandSpec().options().forEach(each -> options.addAll(List.of(each.names())));
            return "unknown option " + option + guess(option, options);
        }
        if (top) {
            return "unknown command " + word
                    + guess(word, List.copyOf(command.getSubcommands().keySet()));
        }
        return "unexpected argument " + word;
    }

    private static String guess(String word, List<String> known) {
        return Spelling.nearest(word, known)
                .map(found -> ", did you mean " + found)
                .orElse("");
    }

    static String plain(String text) {
        return text.replaceAll("\\s+", " ").replace(": ", " ").replace(':', ' ').strip();
    }
}
