package dev.errata.train;

import dev.errata.model.config.ModelConfig;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainSettings;
import java.nio.file.Path;
import java.util.List;

/**
 * How many tokens a micro-batch can have at most: of rows as long as the config allows, and with all layers recomputed unless the
 * config says otherwise.
 *
 * @param path the model's, for the adapter's name
 */
public record MicroBatchLimit(ModelConfig model, Path path, TrainSettings settings, MemoryBudget budget) {
    /** No more are asked for. */
    private static final int MOST_TOKENS = 1 << 18;

    /** Tokens, a multiple of a row's; 0 where not even one row fits. */
    public int tokens() {
        int longest = settings.longestRow();
        int most = Math.max(1, MOST_TOKENS / longest);
        int fitting = 0;
        int tooMany = 1;
        while (tooMany <= most && fits(tooMany)) {
            fitting = tooMany;
            tooMany *= 2;
        }
        tooMany = Math.min(tooMany, most + 1);
        while (tooMany - fitting > 1) {
            int middle = (fitting + tooMany) / 2;
            if (fits(middle)) {
                fitting = middle;
            } else {
                tooMany = middle;
            }
        }
        return fitting * longest;
    }

    private boolean fits(int rows) {
        TrainSettings changed = ConfigTree.of(ConfigText.yaml(settings), path)
                .with(List.of(
                        "micro_batch_size=null",
                        "micro_batch_tokens=" + rows * settings.longestRow(),
                        "gradient_accumulation_steps=1",
                        "rows_per_step=" + rows))
                .bind(TrainSettings.class);
        int recomputed = settings.recompute().equals("none") ? 0 : model.numHiddenLayers();
        PlanRun run = new PlanRun(model, path, changed, budget);
        return run.within(PlannedBatches.ofLongest(changed), recomputed).isPresent();
    }
}
