package dev.errata.pipeline.eval;

import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.report.Statistics;
import dev.errata.pipeline.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What an evaluation found. All but the counts are shares of the problems, from 0 to 1.
 *
 * @param correct problems that are solved, by the metric where there are several samples
 * @param noAnswer problems of which no sample names an answer
 * @param low of the 95 % Wilson interval
 * @param strict solved if answers count in the form asked for alone
 * @param flexible solved if the last number, candidate or letter counts, whatever is said around it
 * @param maj solved by the majority of the samples; null for one sample
 * @param pass solved by at least one sample; null for one sample
 */
public record EvaluationResult(
        String task,
        int correct,
        int total,
        int noAnswer,
        double accuracy,
        double low,
        double high,
        double strict,
        double flexible,
        Double maj,
        Double pass) {
    /** Counts records, each of the problem at its place. */
    static EvaluationResult of(Task task, Metric metric, List<Problem> problems, List<EvaluatedProblem> records) {
        Solved solved = new Solved(task, problems, records);
        int total = records.size();
        int correct = solved.by(metric, SampledAnswer::finalAnswer);
        int silent = (int) records.stream()
                .filter(each -> each.all().stream().allMatch(sample -> sample.finalAnswer() == null))
                .count();
        Statistics.Interval interval = Statistics.wilson(correct, total);
        boolean several = metric.samples() > 1;
        return new EvaluationResult(
                task.name(),
                correct,
                total,
                silent,
                share(correct, total),
                interval.low(),
                interval.high(),
                share(solved.by(metric, SampledAnswer::strict), total),
                share(solved.by(metric, SampledAnswer::flexible), total),
                several ? share(solved.by(metric.as(Metric.Kind.MAJ), SampledAnswer::finalAnswer), total) : null,
                several ? share(solved.by(metric.as(Metric.Kind.PASS), SampledAnswer::finalAnswer), total) : null);
    }

    /** Counts solved problems. */
    private record Solved(Task task, List<Problem> problems, List<EvaluatedProblem> records) {
        int by(Metric metric, Function<SampledAnswer, String> answer) {
            return (int) IntStream.range(0, records.size())
                    .filter(i -> isSolved(records.get(i), problems.get(i), metric, answer))
                    .count();
        }

        private boolean isSolved(
                EvaluatedProblem record, Problem problem, Metric metric, Function<SampledAnswer, String> answer) {
            List<String> answers = new ArrayList<>();
            record.all().forEach(sample -> answers.add(answer.apply(sample)));
            return task.isRight(answers.get(metric.counts(answers, task, problem)), problem);
        }
    }

    private static Double share(int part, int total) {
        return total == 0 ? 0.0 : (double) part / total;
    }
}
