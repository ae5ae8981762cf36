package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.record.CheckpointChoice;
import dev.errata.train.Trainer;
import dev.errata.train.checkpoint.TrainingCheckpoint;
import java.nio.file.Path;

/**
 * What the training of an arm gave: an adapter, or after full fine-tuning a model.
 *
 * @param folder its own
 */
record ArmResult(Path folder, boolean isModel) {
    /** The one that is evaluated: of the checkpoint that was chosen, or else of the last step. */
    static ArmResult of(RunFolder run, LoopConfig config, String arm) {
        CheckpointChoice choice = ChooseStage.choices(run).get(arm);
        if (choice != null) {
            return at(run, config, arm, choice.step());
        }
        boolean isModel = config.train().fullFineTuning();
        return new ArmResult(isModel ? run.model(arm) : run.adapter(arm), isModel);
    }

    /** The one of a checkpoint that was kept. */
    static ArmResult at(RunFolder run, LoopConfig config, String arm, int step) {
        return new ArmResult(
                TrainingCheckpoint.result(checkpoints(run, config, arm), step),
                config.train().fullFineTuning());
    }

    /** Where an arm's checkpoints lie. */
    static Path checkpoints(RunFolder run, LoopConfig config, String arm) {
        return Trainer.checkpoints(config.training(arm, run.rows(arm), run.training(arm)));
    }

    /** The weights: an adapter's file, or a model's folder. */
    Path weights() {
        return isModel ? folder : folder.resolve("adapter_model.safetensors");
    }
}
