package dev.errata.model.chat;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Capital and small letters of whole texts. */
final class Capitals {
    private static final String WORD_STARTS_AFTER = "-({[<";

    private Capitals() {}

    /** The first character upper case, the others lower case. */
    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** Every word as {@link #capitalize}, as Python's {@code title} has it: a word is a run of letters. */
    static String pythonTitle(String text) {
        return title(text, c -> !Character.isLetter(c));
    }

    /** Every word as {@link #capitalize}, as jinja's {@code title} filter has it: words end at spaces and brackets. */
    static String jinjaTitle(String text) {
        return title(text, c -> PythonText.isSpace(c) || WORD_STARTS_AFTER.indexOf(c) >= 0);
    }

    private static String title(String text, IntPredicate separates) {
        StringBuilder title = new StringBuilder();
        boolean starts = true;
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            title.append(starts ? character.toUpperCase(Locale.ROOT) : character.toLowerCase(Locale.ROOT));
            starts = separates.test(c);
        }
        return title.toString();
    }

    /** Small letters as capitals and the other way round. */
    static String swapped(String text) {
        StringBuilder swapped = new StringBuilder();
        text.codePoints().forEach(c -> {
            String character = Character.toString(c);
            swapped.append(
                    Character.isUpperCase(c)
                            ? character.toLowerCase(Locale.ROOT)
                            : Character.isLowerCase(c) ? character.toUpperCase(Locale.ROOT) : character);
        });
        return swapped.toString();
    }

    /** Whether the text is its own {@link #pythonTitle} and has letters. */
    static boolean isTitle(String text) {
        return text.codePoints().anyMatch(Character::isLetter) && text.equals(pythonTitle(text));
    }

    /** Whether there are letters of the one kind and none of the other. */
    static boolean hasOnly(String text, IntPredicate wanted, IntPredicate unwanted) {
        return text.codePoints().anyMatch(wanted) && text.codePoints().noneMatch(unwanted);
    }
}
