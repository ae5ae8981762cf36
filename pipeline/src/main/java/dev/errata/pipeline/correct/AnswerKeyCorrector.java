package dev.errata.pipeline.correct;

import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.format.CorrectionFormat;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.format.StepCorrections;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.WrongPath;
import java.util.List;
import java.util.function.Consumer;

/** Corrects from the data set's own annotated solutions, without a model. */
public record AnswerKeyCorrector(CorrectionFilter filter) implements Corrector {
    public static final String NAME = "answer-key";

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        for (WrongPath each : wrong.subList(done, wrong.size())) {
            CorrectorAnswer answer = filter.task().corrections() instanceof StepCorrections
                    ? AnswerKey.correct(each.problem(), each.path())
                    : new CorrectorAnswer.Rejected(Rejection.NO_NUMBERS);
            corrected.accept(filter.judge(each.problem(), each.path(), NAME, text(answer), answer));
        }
    }

    private static String text(CorrectorAnswer answer) {
        return switch (answer) {
            case CorrectorAnswer.Read read
            when read.finalAnswer() != null ->
                CorrectionFormat.completion(
                        read.incorrectStep(), read.explanation(), read.solution(), read.finalAnswer());
            case CorrectorAnswer.Read read -> null; // its steps come to no number
            case CorrectorAnswer.Whole whole -> null;
            case CorrectorAnswer.Rejected rejected -> null;
        };
    }
}
