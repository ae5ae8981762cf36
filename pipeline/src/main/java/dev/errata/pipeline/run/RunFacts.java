package dev.errata.pipeline.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Summary;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import dev.errata.train.config.LoraConfig;
import dev.errata.train.config.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a report's last section says of a run: how it was set, what it took, what it was made of, and what to do with it. */
final class RunFacts {
    /** Digits of a hash that tell files apart at a glance. */
    private static final int SHORT = 12;

    private RunFacts() {}

    static Map<String, String> of(
            RunFolder folder, LoopConfig config, Summary summary, Map<String, List<StepRecord>> metrics) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("task", config.task());
        facts.put("model", config.model().getFileName().toString());
        facts.put("prompt", config.prompt());
        facts.put("seed", Long.toString(config.seed()));
        facts.put(
                "sampling",
                config.sample().samples() + " paths a problem, temperature "
                        + config.sample().temperature() + ", top_p "
                        + config.sample().topP());
        facts.put("corrector", config.correct().corrector());
        facts.put(
                "filter",
                config.filter().mode()
                        + (config.filter().mode().equals("replace")
                                ? ", correction_share " + config.filter().correctionShare()
                                : ""));
        training(config.train(), facts);
        metrics.forEach((arm, steps) -> {
            if (!steps.isEmpty()) {
                long targets =
                        steps.stream().mapToLong(StepRecord::targetTokens).sum();
                facts.put(
                        "trained, " + arm,
                        steps.size() + " steps, " + String.format(Locale.ROOT, "%,d", targets) + " target tokens");
            }
        });
        manifest(folder, config, facts);
        summary.adapters().forEach((arm, adapter) -> {
            facts.put("adapter, " + arm, adapter.path());
            facts.put("its SHA-256, " + arm, shortened(adapter.sha256()));
        });
        next(folder, config, summary, facts);
        return facts;
    }

    private static void training(TrainSettings train, Map<String, String> facts) {
        facts.put(
                "base",
                train.quantization() == null
                        ? "weights as they are"
                        : train.quantization().format() + " in blocks of "
                                + train.quantization().blockSize());
        LoraConfig lora = train.lora();
        facts.put(
                "trained weights",
                train.fullFineTuning() || lora == null
                        ? train.fullFineTuning() ? "all" : "an adapter's"
                        : "LoRA, rank " + lora.r() + ", alpha " + lora.loraAlpha());
        facts.put(
                "rows a step",
                train.rowsPerStep() == null && train.microBatchSize() != null && train.gradientAccumulationSteps() > 1
                        ? train.microBatchSize() + " × " + train.gradientAccumulationSteps()
                        : Integer.toString(train.stepRows()));
        facts.put(
                "optimizer",
                train.optimizer().name() + ", learning rate "
                        + train.optimizer().learningRate() + ", "
                        + train.schedule().name());
    }

    /** A report may be made of a run of another version, so only names are asked for. */
    private static void manifest(RunFolder folder, LoopConfig config, Map<String, String> facts) {
        JsonNode manifest;
        try {
            manifest = Json.parse(Files.readString(folder.manifest()));
        } catch (IOException e) {
            throw new BadInputException("not a manifest", folder.manifest().toString(), "choose another run", e);
        }
        List<String> times = new ArrayList<>();
        double[] all = {0};
        for (Stage each : Stages.of(config)) {
            if (each instanceof ReportStage) {
                continue; // whose time isn't known while it is made
            }
            String stage = each.name();
            double seconds = manifest.path("stages").path(stage).path("seconds").asDouble();
            if (seconds > 0) {
                all[0] += seconds;
                times.add(stage + " " + duration(seconds));
            }
        }
        if (!times.isEmpty()) {
            facts.put("duration", duration(all[0]) + " (" + String.join(", ", times) + ")");
        }
        put(facts, "Errata", manifest.path("errata"));
        put(facts, "Java", manifest.path("java"));
        put(facts, "system", manifest.path("system"));
        manifest.path("inputs")
                .properties()
                .forEach(each -> facts.put(
                        "SHA-256 of " + each.getKey(),
                        shortened(each.getValue().path("sha256").asText())));
    }

    private static void put(Map<String, String> facts, String name, JsonNode value) {
        if (value.isTextual()) {
            facts.put(name, value.asText());
        }
    }

    private static void next(RunFolder folder, LoopConfig config, Summary summary, Map<String, String> facts) {
        if (!summary.adapters().isEmpty()) {
            String arm = summary.adapters().containsKey("lema")
                    ? "lema"
                    : summary.adapters().firstKey();
            String both = " --model " + config.model() + " --adapter "
                    + ArmResult.of(folder, config, arm).folder();
            facts.put("try it", "errata generate" + both + " --prompt \"…\"");
            facts.put("merge it", "errata merge" + both + " --base original --output DIR");
        }
    }

    private static String shortened(String hash) {
        return hash.length() > SHORT ? hash.substring(0, SHORT) + "…" : hash;
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? whole / 60 + " min " + whole % 60 + " s"
                        : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }
}
