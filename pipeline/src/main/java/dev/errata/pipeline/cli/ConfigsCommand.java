package dev.errata.pipeline.cli;

import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.binding.Spelling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Parameters;

/** {@code configs [NAME]}: the configs that come with the program. */
@picocli.CommandLine.Command(
        name = "configs",
        description = "List the configs that come with the program, or print one to start from.",
        footer = {"", "Example:", "  errata configs lora > lora.yaml"})
public final class ConfigsCommand implements Command {
    private static final String ENDING = ".yaml";

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "the config to print, as lora")
    private String name;

    /**
     * One of them.
     *
     * @param about its first line of comment
     */
    record Known(String name, String path, String about) {}

    /** The text of one. */
    record Printed(String name, String text) {}

    @Override
    public void run(Session session) {
        Path folder = Path.of(System.getProperty("errata.home", ".")).resolve("configs");
        List<Path> files = files(folder);
        if (name == null) {
            List<Known> known = files.stream().map(ConfigsCommand::known).toList();
            int width =
                    known.stream().mapToInt(each -> each.name().length()).max().orElse(0);
            session.result(
                    java.util.Map.of("configs", known),
                    known.stream()
                            .map(each -> String.format("%-" + width + "s  %s", each.name(), each.about()))
                            .collect(Collectors.joining("\n")));
            return;
        }
        String wanted = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
        Path file = files.stream()
                .filter(each -> nameOf(each).equals(wanted))
                .findFirst()
                .orElseThrow(() -> unknown(wanted, files));
        String text = whole(file);
        session.result(new Printed(wanted, text), text);
    }

    private static BadInputException unknown(String wanted, List<Path> files) {
        List<String> names = files.stream().map(ConfigsCommand::nameOf).toList();
        String guess = Spelling.nearest(wanted, names)
                .map(found -> ", did you mean " + found)
                .orElse("");
        return new BadInputException(
                "no config " + wanted + guess, "the command line", "there are " + String.join(", ", names));
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new BadInputException(
                    "the configs can't be read", folder.toString(), "start the program with ./errata", e);
        }
    }

    private static String nameOf(Path file) {
        String fileName = file.getFileName().toString();
        return fileName.substring(0, fileName.length() - ENDING.length());
    }

    private static Known known(Path file) {
        String about = read(file)
                .lines()
                .takeWhile(line -> line.startsWith("#"))
                .map(line -> line.substring(1).strip())
                .findFirst()
                .orElse("");
        return new Known(nameOf(file), file.toString(), about);
    }

    /** The text, or of a config that extends another its comment and all keys of both. */
    private static String whole(Path file) {
        String text = read(file);
        if (text.lines().noneMatch(line -> line.startsWith("extends:"))) {
            return text;
        }
        return text.lines().takeWhile(line -> line.startsWith("#")).collect(Collectors.joining("\n", "", "\n"))
                + ConfigText.yaml(ConfigTree.read(file).root());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadInputException("the config can't be read", file.toString(), "check its permissions", e);
        }
    }
}
