package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.filter.KeptCorrection;
import dev.errata.pipeline.filter.PreferencePair;
import dev.errata.pipeline.filter.RowPool;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Preference pairs of a run's kept corrections, written as JSONL. The prompts are wrapped as the run wraps them, for a
 * trainer that adds nothing.
 *
 * @param output the file
 * @param corrections kept ones that the run has
 * @param pairs rows written
 * @param skipped corrections of which no pair can be made
 */
public record PairExport(String output, int corrections, int pairs, int skipped) {
    /**
     * Writes the file.
     *
     * @throws BadInputException if the run has no kept correction, or none that makes a pair
     */
    public static PairExport write(Path run, PreferencePair.Length length, Path output) {
        RunFolder folder = new RunFolder(run);
        LoopConfig config = RunReport.config(run, List.of());
        Task task = Tasks.named(config.task(), "task");
        List<KeptCorrection> kept = RowPool.kept(
                WholeLines.read(folder.corrections(), RecordRows::correction),
                WholeLines.read(folder.problems(), RecordRows::problem),
                WholeLines.read(folder.paths(), RecordRows::path));
        UnaryOperator<String> wrapped = wrapping(config);
        List<String> lines = kept.stream()
                .map(each -> PreferencePair.of(task, each, length, wrapped))
                .flatMap(Optional::stream)
                .map(Json::line)
                .toList();
        if (lines.isEmpty()) {
            throw new BadInputException(
                    kept.isEmpty()
                            ? "no kept correction to make pairs of"
                            : "none of " + kept.size() + " corrections makes a pair",
                    folder.corrections().toString(),
                    "run the loop as far as correct, or name another run");
        }
        AtomicFile.write(output, lines.stream().map(line -> line + "\n").collect(Collectors.joining()));
        return new PairExport(output.toString(), kept.size(), lines.size(), kept.size() - lines.size());
    }

    /** A plain prompt needs no model, be it there or not. */
    private static UnaryOperator<String> wrapping(LoopConfig config) {
        PromptStyle style = PromptStyle.named(config.prompt());
        if (style == PromptStyle.PLAIN) {
            return UnaryOperator.identity();
        }
        ModelText text = ModelText.open(config.model(), List.of()).at(config.date());
        return prompt -> text.wrapped(prompt, style);
    }
}
