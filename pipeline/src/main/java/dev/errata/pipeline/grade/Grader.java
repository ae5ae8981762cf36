package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import java.util.List;

/** Compares a prediction with a reference. Every verdict takes bounded time and memory, whatever the texts hold. */
public sealed interface Grader permits LemaCompat, Hendrycks, Sound {
    /**
     * The verdict on one pair.
     *
     * @param candidates the answers to choose from; needed for multiple choice, otherwise ignored, may be empty
     * @throws BadInputException for multiple choice without candidates
     */
    GradedAnswer grade(String prediction, String reference, List<String> candidates);
}
