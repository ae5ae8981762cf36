package dev.errata.pipeline.run;

import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.record.EvolvedAnswer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The answer that most of several give. */
final class Majority {
    private Majority() {}

    /**
     * The first of the answers that most others equal; empty where no two agree though several were asked for, or two
     * answers are as frequent.
     */
    static Optional<EvolvedAnswer> of(List<EvolvedAnswer> answers, AnswerKind kind) {
        List<List<EvolvedAnswer>> equal = new ArrayList<>();
        for (EvolvedAnswer each : answers) {
            if (each.finalAnswer() == null) {
                continue;
            }
            Optional<List<EvolvedAnswer>> same = equal.stream()
                    .filter(group ->
                            kind.same(each.finalAnswer(), group.getFirst().finalAnswer()))
                    .findFirst();
            same.ifPresentOrElse(group -> group.add(each), () -> equal.add(new ArrayList<>(List.of(each))));
        }
        List<List<EvolvedAnswer>> ordered = equal.stream()
                .sorted(Comparator.comparingInt((List<EvolvedAnswer> group) -> group.size())
                        .reversed())
                .toList();
        if (ordered.isEmpty()
                || (answers.size() > 1 && ordered.getFirst().size() == 1)
                || (ordered.size() > 1
                        && ordered.get(1).size() == ordered.getFirst().size())) {
            return Optional.empty();
        }
        return Optional.of(ordered.getFirst().getFirst());
    }
}
