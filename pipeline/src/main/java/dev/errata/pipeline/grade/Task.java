package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The data sets that Errata grades, by what their answers are. */
public enum Task {
    GSM8K(true),
    SVAMP(true),
    ASDIV(true),
    MAWPS(true),
    MATH(false),
    CSQA(false);

    private final boolean number;

    Task(boolean number) {
        this.number = number;
    }

    /** Whether every answer is one number. */
    public boolean isNumber() {
        return number;
    }

    /** The name in configs and on the command line, as {@code gsm8k}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The task of this name.
     *
     * @param where the option or key that holds the name, for the message
     * @throws BadInputException if there is none
     */
    public static Task of(String label, String where) {
        return Arrays.stream(values())
                .filter(task -> task.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        "unknown task \"" + label + "\"",
                        where,
                        "use one of " + Arrays.stream(values()).map(Task::label).collect(Collectors.joining(", "))));
    }
}
