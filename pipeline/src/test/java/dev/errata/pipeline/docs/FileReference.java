package dev.errata.pipeline.docs;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import dev.errata.pipeline.record.ArmMixture;
import dev.errata.pipeline.record.AugmentedPath;
import dev.errata.pipeline.record.CheckpointChoice;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.EvolvedAnswer;
import dev.errata.pipeline.record.EvolvedQuestion;
import dev.errata.pipeline.record.PathPerplexity;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.SolutionLoss;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.StepRecord;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code docs/files.md}: the files of a run and their fields, from the records that are written. */
final class FileReference {
    private static final Map<String, Class<?>> FILES = files();

    private FileReference() {}

    private static Map<String, Class<?>> files() {
        Map<String, Class<?>> files = new LinkedHashMap<>();
        files.put("problems.jsonl`, `held_out.jsonl`, `choosing.jsonl", Problem.class);
        files.put("sample/paths.jsonl", ReasoningPath.class);
        files.put("augment/paths.jsonl", AugmentedPath.class);
        files.put("correct/corrections.jsonl", Correction.class);
        files.put("evolve/questions.jsonl", EvolvedQuestion.class);
        files.put("evolve/answers.jsonl", EvolvedAnswer.class);
        files.put("filter/ARM.jsonl", TrainingRow.class);
        files.put("filter/arms.json", ArmMixture.class);
        files.put("train/ARM/metrics.jsonl", StepRecord.class);
        files.put("choose/choices.json", CheckpointChoice.class);
        files.put("eval/base.jsonl`, `eval/ARM.jsonl`, `choose/ARM/step-N.jsonl", Evaluation.class);
        files.put("eval/solution_loss.json", SolutionLoss.class);
        files.put("eval/path_perplexity.json", PathPerplexity.class);
        files.put("summary.json", Summary.class);
        return files;
    }

    /** The whole page. */
    static String page() {
        StringBuilder page = new StringBuilder("""
                # Files of a run

                This page is made from the records that are written, and a test compares the two. A file ending in `.jsonl` has one JSON object on each line, and any of them can
                be read, replaced or made by other programs. A file has its final name only when it is whole; until then it ends in `.partial`. Beside those below a run holds
                `config.yaml` (every value, defaults included), `manifest.json` (versions, hashes of inputs, seeds, timings), `report.html`, and a folder `train/ARM` for each arm
                with the adapter (`adapter/`, as PEFT has it) or the model, `checkpoints/` and a report of its own. No record holds times, machine names or paths, so
                two runs of one config have the same bytes.

                """);
        FILES.forEach((name, record) -> {
            page.append("## `")
                    .append(name)
                    .append("`\n\n")
                    .append(RecordSource.of(record).sentence())
                    .append("\n\n");
            fields(record, page);
        });
        return page.toString().stripTrailing() + "\n";
    }

    private static void fields(Class<?> record, StringBuilder page) {
        RecordSource source = RecordSource.of(record);
        page.append("| field | |\n|---|---|\n");
        for (RecordComponent each : record.getRecordComponents()) {
            page.append("| `").append(field(each)).append("` | ");
            page.append(source.components().getOrDefault(each.getName(), "").replace("|", "\\|"))
                    .append(" |\n");
        }
        page.append('\n');
        for (RecordComponent each : record.getRecordComponents()) {
            for (Class<?> inner : record.getDeclaredClasses()) {
                boolean used =
                        each.getGenericType().getTypeName().matches(".*\\b" + Pattern.quote(inner.getName()) + "\\b.*");
                RecordSource said = used && inner.isRecord() ? RecordSource.of(inner) : null;
                if (said != null && !said.sentence().isEmpty()) {
                    page.append("In `")
                            .append(field(each))
                            .append("`: ")
                            .append(said.sentence())
                            .append("\n\n");
                    if (said.components().isEmpty()) {
                        names(inner, page);
                    } else {
                        fields(inner, page);
                    }
                }
            }
        }
    }

    /** Fields that need no words. */
    private static void names(Class<?> record, StringBuilder page) {
        page.append("Fields: ")
                .append(Arrays.stream(record.getRecordComponents())
                        .map(each -> "`" + field(each) + "`")
                        .collect(Collectors.joining(", ")))
                .append(".\n\n");
    }

    private static String field(RecordComponent component) {
        return SnakeCaseStrategy.INSTANCE.translate(component.getName());
    }
}
