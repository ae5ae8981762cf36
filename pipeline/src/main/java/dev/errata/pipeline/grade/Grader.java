package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import java.util.List;

/** Compares a prediction with a reference. Every verdict takes bounded time and memory, whatever the texts hold. */
public sealed interface Grader permits LemaCompat, Hendrycks, Sound {
    /**
     * The verdict on one pair.
     *
     * @param candidates the answers to choose from; needed for {@code csqa}, otherwise ignored, may be empty
     * @throws BadInputException for {@code csqa} without candidates
     */
    GradedAnswer grade(String prediction, String reference, List<String> candidates);

    /**
     * The grader of this name: {@code lema-compat}, {@code hendrycks} or {@code sound}.
     *
     * @param where the option or key that holds the name, for the message
     * @throws BadInputException if there is none
     */
    static Grader of(String label, Task task, String where) {
        return switch (label) {
            case "lema-compat" -> new LemaCompat(task);
            case "hendrycks" -> new Hendrycks();
            case "sound" -> new Sound(task);
            default ->
                throw new BadInputException(
                        "unknown grader \"" + label + "\"", where, "use one of lema-compat, hendrycks, sound");
        };
    }
}
