package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.Sha256;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.report.Statistics;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts what a run's records say. */
final class Summarizer {
    private Summarizer() {}

    /** What the records say, as far as they are there. */
    static Summary of(RunFolder folder, LoopConfig config) {
        List<ReasoningPath> paths = WholeLines.read(folder.paths(), RecordRows::path);
        List<Correction> corrections = WholeLines.read(folder.corrections(), RecordRows::correction);
        int wrong = (int) paths.stream().filter(path -> !path.correct()).count();
        return new Summary(
                folder.path().toString(),
                new Summary.Paths(paths.size(), wrong),
                corrections(corrections),
                arms(folder, config),
                paired(folder, config),
                adapters(folder, config),
                folder.path().relativize(folder.report()).toString());
    }

    static Summary.Corrections corrections(List<Correction> all) {
        SortedMap<String, Integer> rejected = new TreeMap<>();
        all.stream().filter(each -> !each.kept()).forEach(each -> rejected.merge(each.reason(), 1, Integer::sum));
        int kept = (int) all.stream().filter(Correction::kept).count();
        return new Summary.Corrections(all.size(), kept, rejected);
    }

    static SortedMap<String, Summary.Arm> arms(RunFolder folder, LoopConfig config) {
        SortedMap<String, Summary.Arm> arms = new TreeMap<>();
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
            arms.put(arm, new Summary.Arm(correct, rows.size(), silent, accuracy, interval.low(), interval.high()));
        }
        return arms;
    }

    static List<Evaluation> evaluations(RunFolder folder, String arm) {
        return JsonRows.readAll(folder.evaluation(arm), RecordRows::evaluation);
    }

    /** The exact McNemar test of lema against cot; null when only one of them was trained. */
    private static Summary.Paired paired(RunFolder folder, LoopConfig config) {
        boolean both = config.arms().contains("cot") && config.arms().contains("lema");
        if (!both || !Files.exists(folder.evaluation("cot")) || !Files.exists(folder.evaluation("lema"))) {
            return null;
        }
        List<Evaluation> cot = evaluations(folder, "cot");
        List<Evaluation> lema = evaluations(folder, "lema");
        int onlyCot = 0;
        int onlyLema = 0;
        for (int i = 0; i < cot.size(); i++) {
            onlyCot += cot.get(i).correct() && !lema.get(i).correct() ? 1 : 0;
            onlyLema += lema.get(i).correct() && !cot.get(i).correct() ? 1 : 0;
        }
        return new Summary.Paired(onlyCot, onlyLema, Statistics.mcNemar(onlyCot, onlyLema));
    }

    /** The adapters' folders and hashes; none after full fine-tuning. */
    static SortedMap<String, Summary.Adapter> adapters(RunFolder folder, LoopConfig config) {
        SortedMap<String, Summary.Adapter> adapters = new TreeMap<>();
        if (config.train().fullFineTuning()) {
            return adapters;
        }
        for (String arm : config.arms()) {
            if (!TrainStage.isTrained(folder, arm)) {
                continue;
            }
            Path weights = folder.adapter(arm).resolve("adapter_model.safetensors");
            try {
                String place = folder.path().relativize(folder.adapter(arm)).toString();
                adapters.put(arm, new Summary.Adapter(place, Sha256.of(weights)));
            } catch (IOException e) {
                throw new BadInputException(
                        "the adapter cannot be read", weights.toString(), "run train-arms first", e);
            }
        }
        return adapters;
    }
}
