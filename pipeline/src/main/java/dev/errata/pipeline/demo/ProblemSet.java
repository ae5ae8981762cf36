package dev.errata.pipeline.demo;

import dev.errata.pipeline.record.Problem;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The problems of a generator in their order, each question once.
 *
 * @param generator makes problem after problem
 */
public record ProblemSet(ProblemGenerator generator) {
    /** A fresh sequential stream without end; a question that came before is left out. */
    public Stream<Problem> stream() {
        Set<String> seen = new HashSet<>();
        return LongStream.iterate(0, number -> number + 1)
                .mapToObj(generator::problem)
                .filter(problem -> seen.add(Split.normalized(problem.question())));
    }
}
