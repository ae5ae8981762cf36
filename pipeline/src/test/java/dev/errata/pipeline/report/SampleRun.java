package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.StepRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A made-up run of the loop, seeded, with texts like a small model's. */
final class SampleRun {
    private static final String[] NAMES = {"Ada", "Ben", "Chloe", "Dev", "Emma", "Finn"};
    private static final String[] THINGS = {"apples", "stamps", "marbles", "books", "shells"};

    private final Random random;
    private final String added;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> heldOut = new ArrayList<>();
    private final List<ReasoningPath> paths = new ArrayList<>();
    private final List<Correction> corrections = new ArrayList<>();

    /** {@code added} is appended to every text, to see what a hostile one does. */
    SampleRun(long seed, String added) {
        random = new Random(seed);
        this.added = added;
    }

    /** A run with these sizes; {@code skill} is each arm's chance to be right. */
    ReportData data(int count, int samples, int held, int steps, Map<String, Double> skill) {
        for (int i = 1; i <= count; i++) {
            problem("train-" + i, problems, samples);
        }
        for (int i = 1; i <= held; i++) {
            problem("test-" + i, heldOut, 0);
        }
        var evaluations = new LinkedHashMap<String, List<Evaluation>>();
        skill.forEach((arm, chance) -> evaluations.put(arm, evaluations(chance)));
        var metrics = new LinkedHashMap<String, List<StepRecord>>();
        var rows = new LinkedHashMap<String, List<TrainingRow>>();
        for (String arm : skill.keySet()) {
            if (!arm.equals("base")) {
                metrics.put(arm, metrics(steps, arm.equals("lema") ? 1.5 : 1.3));
                rows.put(arm, rows(arm));
            }
        }
        var facts = new LinkedHashMap<String, String>();
        facts.put("Model", "errata-demo, 2.2 M parameters" + added);
        facts.put("Corrector", "answer-key");
        facts.put("Seed", "0");
        facts.put("Samples per problem", samples + " at temperature 0.7");
        facts.put("Training", steps + " steps of 16 rows, LoRA r 16 on NF4");
        facts.put("Held-out problems", Integer.toString(held));
        return new ReportData(
                "demo" + added,
                summary(evaluations),
                problems,
                heldOut,
                paths,
                corrections,
                rows,
                evaluations,
                metrics,
                facts);
    }

    private void problem(String id, List<Problem> to, int samples) {
        int a = 3 + random.nextInt(40);
        int b = 2 + random.nextInt(20);
        int c = 1 + random.nextInt(a + b - 1);
        int d = 2 + random.nextInt(5);
        String name = NAMES[random.nextInt(NAMES.length)];
        String thing = THINGS[random.nextInt(THINGS.length)];
        String question =
                ("%s has %d %s. A friend gives %s %d more, and then %s loses %d of them. The next day %s finds "
                                + "%d times as many as are left. How many %s does %s have now?")
                        .formatted(name, a, thing, name, b, name, c, name, d, thing, name);
        int left = a + b - c;
        String rationale =
                ("%s has %d + %d = <<%d+%d=%d>>%d %s after the gift.\nThen %d - %d = <<%d-%d=%d>>%d are left.\n"
                                + "The next day brings %d x %d = <<%d*%d=%d>>%d more.\nIn all that makes %d + %d = <<%d+%d=%d>>%d.")
                        .formatted(
                                name,
                                a,
                                b,
                                a,
                                b,
                                a + b,
                                a + b,
                                thing,
                                a + b,
                                c,
                                a + b,
                                c,
                                left,
                                left,
                                d,
                                left,
                                d,
                                left,
                                d * left,
                                d * left,
                                left,
                                d * left,
                                left,
                                d * left,
                                left + d * left,
                                left + d * left);
        String answer = Integer.toString(left + d * left);
        to.add(new Problem(id, question + added, answer, rationale + added));
        for (int sample = 0; sample < samples; sample++) {
            path(id, sample, name, a, b, c, d, thing);
        }
    }

    private void path(String id, int sample, String name, int a, int b, int c, int d, String thing) {
        int left = a + b - c;
        int right = left + d * left;
        int kind = random.nextInt(10);
        int slip = kind < 4 ? 0 : 1 + random.nextInt(9);
        int answer = kind < 4 ? right : kind < 7 ? (a + b + c) * (1 + d) : d * left + slip;
        String text = kind < 7
                ? "%s has %d + %d = %d %s.\nThen %d %s %d = %d.\n%d x %d = %d.\n%d + %d = %d."
                        .formatted(
                                name,
                                a,
                                b,
                                a + b,
                                thing,
                                a + b,
                                kind < 4 ? "-" : "+",
                                c,
                                kind < 4 ? left : a + b + c,
                                kind < 4 ? left : a + b + c,
                                d,
                                answer - answer / (1 + d),
                                answer / (1 + d),
                                answer - answer / (1 + d),
                                answer)
                : "%s has %d + %d = %d %s.\nThen %d - %d = %d.\nSo %s has %d x %d = %d."
                        .formatted(name, a, b, a + b, thing, a + b, c, left, name, left, d, answer);
        boolean cut = kind == 9 && sample == 1;
        paths.add(new ReasoningPath(
                id,
                sample,
                "errata-demo",
                0.7,
                0,
                text + (cut ? "" : "\nThe answer is " + answer + ".") + added,
                cut ? "length" : "stop",
                cut ? null : Integer.toString(answer),
                answer == right));
        if (answer == right) {
            return;
        }
        boolean kept = kind != 9;
        int step = kind < 7 ? 2 : 3;
        String solution = (step == 2 ? "Step 2: Then %d - %d = %d are left.\n".formatted(a + b, c, left) : "")
                + "Step 3: The next day brings %d x %d = %d more.\nStep 4: In all that makes %d + %d = %d.\nThe answer is %d."
                        .formatted(left, d, d * left, left, d * left, right, right);
        corrections.add(
                cut
                        ? new Correction(id, sample, "answer-key", null, null, null, null, null, false, "unfinished")
                        : new Correction(
                                id,
                                sample,
                                "answer-key",
                                " Step " + step + ".\n" + added,
                                step,
                                (step == 2
                                                ? "The lost ones are taken away, not added: %d - %d = %d."
                                                        .formatted(a + b, c, left)
                                                : "This gives only what the next day brings, with a slip in the product.")
                                        + added,
                                solution + added,
                                Integer.toString(right),
                                kept,
                                kept ? null : "cannot be aligned" + added));
    }

    private List<Evaluation> evaluations(double chance) {
        var evaluations = new ArrayList<Evaluation>();
        for (Problem problem : heldOut) {
            // Part of the luck belongs to the problem, so that arms agree on more than chance would have it.
            double ease = new Random(problem.question().hashCode()).nextDouble();
            boolean right = 0.6 * ease + 0.4 * random.nextDouble() < chance;
            boolean silent = !right && random.nextInt(12) == 0;
            String answer = right
                    ? problem.answer()
                    : Integer.toString(Integer.parseInt(problem.answer()) + 1 + random.nextInt(9));
            String text = problem.rationale().replaceAll("<<[^>]*>>", "").replace("\n", " ")
                    + (silent ? "" : " The answer is " + answer + ".");
            evaluations.add(
                    new Evaluation(problem.id(), text, silent ? "length" : "stop", silent ? null : answer, right));
        }
        return evaluations;
    }

    private List<StepRecord> metrics(int steps, double start) {
        var metrics = new ArrayList<StepRecord>();
        for (int step = 1; step <= steps; step++) {
            double trend = 0.25 + start * Math.exp(-4.0 * step / steps);
            double loss = trend * (1 + 0.12 * random.nextGaussian());
            metrics.add(
                    new StepRecord(step, loss, Math.exp(0.6 * random.nextGaussian()) * trend, 2e-4, 900, 4000, null));
        }
        return metrics;
    }

    private List<TrainingRow> rows(String arm) {
        var rows = new ArrayList<TrainingRow>();
        for (int i = 0; i < problems.size(); i++) {
            rows.add(new TrainingRow("", "", arm.equals("lema") && i % 4 == 0 ? "correction" : "cot", "train-" + i));
        }
        return rows;
    }

    private Summary summary(Map<String, List<Evaluation>> evaluations) {
        var arms = new TreeMap<String, Summary.Arm>();
        evaluations.forEach((arm, list) -> arms.put(arm, arm(list)));
        var rejected = new TreeMap<String, Integer>();
        corrections.stream().filter(c -> !c.kept()).forEach(c -> rejected.merge(c.reason(), 1, Integer::sum));
        Summary.Paired paired = null;
        if (evaluations.containsKey("cot") && evaluations.containsKey("lema")) {
            var counts = PairedCounts.of(evaluations.get("cot"), evaluations.get("lema"));
            paired = new Summary.Paired(counts.onlyFirst(), counts.onlySecond(), counts.p());
        }
        int kept = (int) corrections.stream().filter(Correction::kept).count();
        int wrong = (int) paths.stream().filter(path -> !path.correct()).count();
        return new Summary(
                "runs/demo",
                new Summary.Paths(paths.size(), wrong),
                new Summary.Corrections(corrections.size(), kept, rejected),
                arms,
                paired,
                List.of(),
                new TreeMap<>(),
                "report.html");
    }

    private static Summary.Arm arm(List<Evaluation> evaluations) {
        int n = evaluations.size();
        int correct = (int) evaluations.stream().filter(Evaluation::correct).count();
        int silent =
                (int) evaluations.stream().filter(e -> e.finalAnswer() == null).count();
        double z = 1.96;
        double share = (double) correct / n;
        double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
        double half = z * Math.sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)) / (1 + z * z / n);
        return new Summary.Arm(correct, n, silent, share, middle - half, middle + half);
    }
}
