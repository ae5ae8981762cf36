package dev.errata.pipeline.run;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.Sha256;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.record.ArmMixture;
import dev.errata.pipeline.record.AugmentedPath;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.PathPerplexity;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.report.Statistics;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Counts what a run's records say. */
final class Summarizer {
    private Summarizer() {}

    /** What the records say, as far as they are there. */
    static Summary of(RunFolder folder, LoopConfig config) {
        List<ReasoningPath> paths = WholeLines.read(folder.paths(), RecordRows::path);
        List<Correction> corrections = WholeLines.read(folder.corrections(), RecordRows::correction);
        int wrong = (int) paths.stream().filter(path -> !path.correct()).count();
        List<Problem> heldOut = WholeLines.read(folder.heldOut(), RecordRows::problem);
        Map<String, List<Evaluation>> answers = answers(folder, config);
        return new Summary(
                folder.path().toString(),
                new Summary.Paths(paths.size(), wrong),
                corrections(corrections),
                arms(folder, config),
                paired(folder, config),
                pairs(folder, config),
                adapters(folder, config),
                folder.path().relativize(folder.report()).toString(),
                Breakdown.of(heldOut, answers, Breakdown::level),
                Breakdown.of(heldOut, answers, Breakdown::steps),
                pathPerplexity(folder),
                Files.exists(folder.augmented()) ? augmented(folder) : null,
                Files.exists(folder.evolved().corrections()) ? evolved(folder.evolved()) : null,
                config.choose() == null ? null : ChooseStage.choices(folder));
    }

    /** By contestant, as far as they are evaluated. */
    private static Map<String, List<Evaluation>> answers(RunFolder folder, LoopConfig config) {
        Map<String, List<Evaluation>> answers = new LinkedHashMap<>();
        for (String arm : EvalStage.contestants(config)) {
            if (Files.exists(folder.evaluation(arm))) {
                answers.put(arm, evaluations(folder, arm));
            }
        }
        return answers;
    }

    private static PathPerplexity pathPerplexity(RunFolder folder) {
        Path file = folder.pathPerplexity();
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return Json.MAPPER.readValue(Files.readString(file), PathPerplexity.class);
        } catch (IOException e) {
            throw new BadInputException(
                    "not the perplexities of paths", file.toString(), "delete it and run eval again", e);
        }
    }

    static Summary.Corrections corrections(List<Correction> all) {
        return counted(all, Correction::kept, Correction::reason);
    }

    /** Further solutions, all of which are there. */
    static Summary.Corrections augmented(RunFolder folder) {
        List<AugmentedPath> all = JsonRows.readAll(folder.augmented(), RecordRows::augmented);
        return counted(all, AugmentedPath::kept, AugmentedPath::reason);
    }

    /** New problems, all of whose records are there. */
    static Summary.Evolved evolved(EvolvedFiles files) {
        return new Summary.Evolved(
                JsonRows.readAll(files.questions(), RecordRows::evolvedQuestion).size(),
                JsonRows.readAll(files.problems(), RecordRows::problem).size(),
                corrections(JsonRows.readAll(files.corrections(), RecordRows::correction)));
    }

    private static <T> Summary.Corrections counted(List<T> all, Predicate<T> isKept, Function<T, String> reason) {
        SortedMap<String, Integer> rejected = new TreeMap<>();
        all.stream().filter(isKept.negate()).forEach(each -> rejected.merge(reason.apply(each), 1, Integer::sum));
        int kept = (int) all.stream().filter(isKept).count();
        return new Summary.Corrections(all.size(), kept, rejected);
    }

    static SortedMap<String, Summary.Arm> arms(RunFolder folder, LoopConfig config) {
        SortedMap<String, Summary.Arm> arms = new TreeMap<>();
        Map<String, ArmMixture> mixtures = mixtures(folder);
        for (String arm : EvalStage.contestants(config)) {
            if (!Files.exists(folder.evaluation(arm))) {
                continue;
            }
            List<Evaluation> rows = evaluations(folder, arm);
            int correct = (int) rows.stream().filter(Evaluation::correct).count();
            int silent =
                    (int) rows.stream().filter(row -> row.finalAnswer() == null).count();
            Statistics.Interval interval = Statistics.wilson(correct, rows.size());
            double accuracy = rows.isEmpty() ? 0 : (double) correct / rows.size();
            ArmMixture mixture = mixtures.get(arm);
            arms.put(
                    arm,
                    new Summary.Arm(
                            correct,
                            rows.size(),
                            silent,
                            accuracy,
                            interval.low(),
                            interval.high(),
                            mixture == null ? null : Integer.valueOf(mixture.rows()),
                            mixture == null ? null : mixture.tokens(),
                            mixture == null ? null : mixture.promptTokens()));
        }
        return arms;
    }

    static List<Evaluation> evaluations(RunFolder folder, String arm) {
        return JsonRows.readAll(folder.evaluation(arm), RecordRows::evaluation);
    }

    /** What the arms' rows are; none where they aren't made. */
    static SortedMap<String, ArmMixture> mixtures(RunFolder folder) {
        if (!Files.exists(folder.mixtures())) {
            return new TreeMap<>();
        }
        try {
            return Json.MAPPER.readValue(Files.readString(folder.mixtures()), new TypeReference<>() {});
        } catch (IOException e) {
            throw new BadInputException(
                    "not the figures of the arms' rows",
                    folder.mixtures().toString(),
                    "delete it and run filter again",
                    e);
        }
    }

    /** The exact McNemar test of lema against cot; null when only one of them was trained. */
    private static Summary.Paired paired(RunFolder folder, LoopConfig config) {
        return pairs(folder, config).stream()
                .filter(pair -> Set.of(pair.a(), pair.b()).equals(Set.of(ArmConfig.COT, ArmConfig.LEMA)))
                .map(pair -> pair.a().equals(ArmConfig.COT)
                        ? new Summary.Paired(pair.onlyA(), pair.onlyB(), pair.p())
                        : new Summary.Paired(pair.onlyB(), pair.onlyA(), pair.p()))
                .findFirst()
                .orElse(null);
    }

    /** The same test of every two that are evaluated. */
    private static List<Summary.Pair> pairs(RunFolder folder, LoopConfig config) {
        List<String> evaluated = EvalStage.contestants(config).stream()
                .filter(arm -> Files.exists(folder.evaluation(arm)))
                .toList();
        List<List<Evaluation>> answers =
                evaluated.stream().map(arm -> evaluations(folder, arm)).toList();
        List<Summary.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < evaluated.size(); i++) {
            for (int j = i + 1; j < evaluated.size(); j++) {
                pairs.add(pair(evaluated.get(i), answers.get(i), evaluated.get(j), answers.get(j)));
            }
        }
        return pairs;
    }

    /** All answer the same problems in the same order. */
    private static Summary.Pair pair(String a, List<Evaluation> first, String b, List<Evaluation> second) {
        int onlyA = 0;
        int onlyB = 0;
        for (int i = 0; i < first.size(); i++) {
            onlyA += first.get(i).correct() && !second.get(i).correct() ? 1 : 0;
            onlyB += second.get(i).correct() && !first.get(i).correct() ? 1 : 0;
        }
        return new Summary.Pair(a, b, onlyA, onlyB, Statistics.mcNemar(onlyA, onlyB));
    }

    /** The adapters' folders and hashes; none after full fine-tuning. */
    static SortedMap<String, Summary.Adapter> adapters(RunFolder folder, LoopConfig config) {
        SortedMap<String, Summary.Adapter> adapters = new TreeMap<>();
        if (config.train().fullFineTuning()) {
            return adapters;
        }
        for (String arm : config.armNames()) {
            if (!TrainStage.isTrained(folder, arm)) {
                continue;
            }
            ArmResult result = ArmResult.of(folder, config, arm);
            Path weights = result.weights();
            try {
                String place = folder.path().relativize(result.folder()).toString();
                adapters.put(arm, new Summary.Adapter(place, Sha256.of(weights)));
            } catch (IOException e) {
                throw new BadInputException(
                        "the adapter cannot be read", weights.toString(), "run train-arms first", e);
            }
        }
        return adapters;
    }
}
