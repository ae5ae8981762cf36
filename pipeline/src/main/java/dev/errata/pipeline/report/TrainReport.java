package dev.errata.pipeline.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.report.events.TrainingEvents;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import dev.errata.train.binding.ConfigTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The page of one training: its curves, its settings, what it was made of and what it took. It needs nothing but the
 * training's folder, finished or not.
 */
public final class TrainReport {
    /** Longer values, as hashes, are cut. */
    private static final int LONGEST = 64;

    private TrainReport() {}

    /**
     * Writes {@code report.html} of a folder with {@code metrics.jsonl}, {@code manifest.json} and {@code config.yaml};
     * what is missing of them is left out. Beside it {@code events/}, for TensorBoard.
     *
     * @throws BadInputException if one of them is damaged, or the page can't be written
     * @return the page's file
     */
    public static Path write(Path run) {
        Path page = run.resolve("report.html");
        AtomicFile.write(page, render(run));
        TrainingEvents.write(run.resolve("events"), StepLog.read(run.resolve("metrics.jsonl")));
        return page;
    }

    static String render(Path run) {
        List<StepRecord> steps = StepLog.read(run.resolve("metrics.jsonl"));
        Path config = run.resolve("config.yaml");
        Map<String, String> settings = new LinkedHashMap<>();
        if (Files.exists(config)) {
            flatten(ConfigTree.read(config).root(), "", settings);
        }
        Map<String, String> made = new LinkedHashMap<>();
        manifest(run).ifPresent(manifest -> flatten(manifest, "", made));
        String name = run.toAbsolutePath().normalize().getFileName().toString();
        HtmlPage page = new HtmlPage("training " + name, headline(steps, settings), findings(steps, made));
        page.section("training", "Training", curves(steps));
        if (!settings.isEmpty()) {
            page.section("settings", "Settings", Facts.list(settings));
        }
        if (!made.isEmpty()) {
            page.section("run", "The run", Facts.list(made));
        }
        return page.render();
    }

    private static String headline(List<StepRecord> steps, Map<String, String> settings) {
        if (steps.isEmpty()) {
            return "No step has been made yet.";
        }
        int last = steps.getLast().step();
        String wanted = settings.getOrDefault("steps", "");
        String of = wanted.matches("\\d+") && Integer.parseInt(wanted) > last ? " of " + wanted : "";
        return NumberFormats.count(last) + of + (last == 1 && of.isEmpty() ? " step" : " steps") + ", last loss "
                + decimal(steps.getLast().loss()) + ".";
    }

    private static List<String> findings(List<StepRecord> steps, Map<String, String> made) {
        if (steps.isEmpty()) {
            return List.of();
        }
        long targets = steps.stream().mapToLong(StepRecord::targetTokens).sum();
        var text = new StringBuilder(
                "The loss began at " + decimal(steps.getFirst().loss()) + "; " + NumberFormats.count(targets)
                        + " target tokens were trained");
        double seconds = seconds(made.get("seconds"));
        text.append(seconds > 0 ? " in " + NumberFormats.duration(seconds) + "." : ".");
        List<StepRecord> validated =
                steps.stream().filter(step -> step.validationLoss() != null).toList();
        if (validated.isEmpty()) {
            return List.of(text.toString());
        }
        StepRecord best = validated.stream()
                .min((one, other) -> Double.compare(one.validationLoss(), other.validationLoss()))
                .orElseThrow();
        return List.of(
                text.toString(),
                "On validation rows the loss is least, " + decimal(best.validationLoss()) + ", after step "
                        + NumberFormats.count(best.step()) + "; it ends at "
                        + decimal(validated.getLast().validationLoss()) + ".");
    }

    private static double seconds(String text) {
        try {
            return text == null ? 0 : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Html curves(List<StepRecord> steps) {
        var html = new Html();
        if (steps.isEmpty()) {
            return html.element("p", "There is no curve to draw yet.", "class", "lead");
        }
        Map<String, List<StepRecord>> one = Map.of("training", steps);
        html.open("div", "class", "charts");
        TrainingCurves.of(one).forEach(html::add);
        TrainingCurves.rates(one).forEach(html::add);
        return html.close("div");
    }

    private static Optional<JsonNode> manifest(Path run) {
        Path file = run.resolve("manifest.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.parse(Files.readString(file)));
        } catch (JsonProcessingException e) {
            throw new BadInputException("not a manifest", file.toString(), "run the training again", e);
        } catch (IOException e) {
            throw new BadInputException("the manifest cannot be read", file.toString(), "check its permissions", e);
        }
    }

    /** Values by dotted keys; what is null or empty is left out. */
    private static void flatten(JsonNode node, String name, Map<String, String> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(each -> flatten(
                            each.getValue(), name.isEmpty() ? each.getKey() : name + "." + each.getKey(), into));
        } else if (!node.isNull() && !(node.isArray() && node.isEmpty())) {
            into.put(name, Texts.shortened(node.isValueNode() ? node.asText() : node.toString(), LONGEST));
        }
    }

    private static String decimal(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "not a number";
    }
}
