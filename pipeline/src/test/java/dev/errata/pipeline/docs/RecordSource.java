package dev.errata.pipeline.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the source of a record says of it: the Javadoc comment before it, as Markdown.
 *
 * @param sentence all before the first tag
 * @param components what each {@code @param} says, by name
 */
record RecordSource(String sentence, Map<String, String> components) {
    private static final List<String> MODULES = List.of("pipeline", "train");
    private static final Pattern TAG = Pattern.compile("(?m)^@(\\w+)(?: (\\w+))?");
    private static final Pattern CODE = Pattern.compile("\\{@code ((?:[^{}]|\\{[^{}]*})*)}");
    private static final Pattern LINK = Pattern.compile("\\{@link (?:[\\w.]*#)?([\\w.]+)[^}]*}");

    /** Reads the source of a record, nested ones too; one without a comment says nothing. */
    static RecordSource of(Class<?> record) {
        Class<?> outermost = record;
        while (outermost.getEnclosingClass() != null) {
            outermost = outermost.getEnclosingClass();
        }
        String text = source(outermost);
        // The comment that ends right before the declaration, annotations in between.
        Matcher found = Pattern.compile(
                        "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@[^\\n]*\\n\\s*)*(?:public |private |sealed )*(?:record|interface) "
                                + record.getSimpleName() + "\\b",
                        Pattern.DOTALL)
                .matcher(text);
        return found.find() ? parsed(found.group(1)) : new RecordSource("", Map.of());
    }

    private static String source(Class<?> type) {
        String name = type.getName().replace('.', '/') + ".java";
        for (String module : MODULES) {
            Path file = Path.of("..", module, "src", "main", "java").resolve(name);
            if (Files.exists(file)) {
                try {
                    return Files.readString(file);
                } catch (IOException e) {
                    throw new AssertionError(file + " can't be read", e);
                }
            }
        }
        throw new AssertionError("no source of " + type);
    }

    private static RecordSource parsed(String comment) {
        String plain = comment.lines()
                .map(line -> line.strip().replaceFirst("^\\* ?", ""))
                .reduce("", (all, line) -> all + "\n" + line);
        Matcher tag = TAG.matcher(plain);
        Map<String, String> components = new LinkedHashMap<>();
        String sentence = plain;
        String open = null;
        int from = 0;
        while (tag.find()) {
            if (open == null) {
                sentence = plain.substring(0, tag.start());
            } else {
                components.put(open, markdown(plain.substring(from, tag.start())));
            }
            open = tag.group(1).equals("param") ? tag.group(2) : "@" + tag.group(1);
            from = tag.end();
        }
        if (open != null) {
            components.put(open, markdown(plain.substring(from)));
        }
        return new RecordSource(markdown(sentence), components);
    }

    private static String markdown(String javadoc) {
        String code = CODE.matcher(javadoc).replaceAll("`$1`");
        return LINK.matcher(code).replaceAll("`$1`").replaceAll("\\s+", " ").strip();
    }
}
