package dev.errata.pipeline.data;

import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Refuses problems that were set apart and are used all the same. */
public final class QuestionOverlap {
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    private QuestionOverlap() {}

    /**
     * Checks that no problem that was set apart has the question of another.
     *
     * @param use what the others do, as {@code are trained on}
     * @throws BadInputException naming both files and the first pair
     */
    public static void refuse(List<Problem> used, String use, Path usedFile, List<Problem> apart, Path apartFile) {
        Map<String, String> trained = new HashMap<>();
        used.forEach(problem -> trained.putIfAbsent(normalized(problem.question()), problem.id()));
        int count = 0;
        String example = "";
        for (Problem problem : apart) {
            String twin = trained.get(normalized(problem.question()));
            if (twin != null) {
                example = count++ == 0 ? problem.id() + " asks what " + twin + " asks" : example;
            }
        }
        if (count > 0) {
            throw new BadInputException(
                    count + " held-out problems " + use,
                    apartFile + " and " + usedFile,
                    "take them out of one of the files (" + example + ")");
        }
    }

    /** The question's letters and digits in lower case, one space between words. */
    public static String normalized(String question) {
        return NO_WORD.matcher(question.toLowerCase(Locale.ROOT))
                .replaceAll(" ")
                .strip();
    }
}
