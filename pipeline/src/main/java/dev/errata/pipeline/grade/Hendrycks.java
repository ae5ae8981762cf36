package dev.errata.pipeline.grade;

import java.util.List;

/** The string equality of the MATH benchmark (Hendrycks et al., 2021), on bare answers. */
public record Hendrycks() implements Grader {
    @Override
    public GradedAnswer grade(String prediction, String reference, List<String> candidates) {
        try {
            String pred = LatexString.normalized(prediction);
            String ref = LatexString.normalized(reference);
            return new GradedAnswer(pred, ref, pred.equals(ref));
        } catch (LatexString.NoFormException asTheyAre) {
            return new GradedAnswer(prediction, reference, prediction.equals(reference));
        }
    }
}
