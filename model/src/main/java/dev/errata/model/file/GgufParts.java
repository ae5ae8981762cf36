package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files that llama.cpp's gguf-split made of one model: {@code NAME-00001-of-00003.gguf} and so on. The first one holds
 * the keys; each has {@code split.no} (from 0) and {@code split.count}.
 */
public final class GgufParts {
    static final String NUMBER = "split.no";
    static final String COUNT = "split.count";
    static final String TENSORS = "split.tensors.count";
    static final String PREFIX = "split.";

    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.DOTALL);

    private GgufParts() {}

    /** The files of a GGUF model as far as they are there, going by the name of one of them: itself, or all its parts. */
    public static List<Path> files(Path file) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        if (!name.matches()) {
            return List.of(file);
        }
        List<Path> parts = named(file, name.group(1), Integer.parseInt(name.group(3))).stream()
                .filter(Files::isRegularFile)
                .toList();
        return parts.contains(file) ? parts : List.of(file);
    }

    /**
     * All parts in order.
     *
     * @param file the part numbered {@code number} (from 0) of {@code count}
     * @throws BadInputException if its name doesn't tell the others' names, or one is not there
     */
    static List<Path> all(Path file, long number, long count) {
        String part = "part " + (number + 1) + " of " + count + " of a model";
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        if (!name.matches()
                || Integer.parseInt(name.group(2)) != number + 1
                || Integer.parseInt(name.group(3)) != count) {
            throw new BadInputException(
                    "file is " + part + ", and its name doesn't say so",
                    file.toString(),
                    "put all parts into one folder under the names NAME-00001-of-"
                            + String.format(Locale.ROOT, "%05d", count) + ".gguf and so on");
        }
        List<Path> parts = named(file, name.group(1), (int) count);
        for (Path each : parts) {
            if (!Files.exists(each)) {
                throw new BadInputException(
                        "file is " + part + ", and " + each.getFileName() + " is missing",
                        file.toString(),
                        "put all parts into one folder");
            }
        }
        return parts;
    }

    private static List<Path> named(Path file, String name, int count) {
        List<Path> parts = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            parts.add(file.resolveSibling(String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", name, i, count)));
        }
        return parts;
    }
}
