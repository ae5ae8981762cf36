package dev.errata.pipeline.fuzz;

import dev.errata.model.text.ModelText;
import dev.errata.pipeline.rows.TrainingData;
import dev.errata.train.config.TrainConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Rows of a training of every kind: ids, prompts, conversations, alpaca's and ShareGPT's, with the demo's tokenizer. */
public final class TrainingRowsFuzz {
    private static final ModelText TEXT = ChatText.open();

    private TrainingRowsFuzz() {}

    /** Reads one input as the rows of a training, in plain form and in alpaca's. */
    public static void fuzzerTestOneInput(byte[] input) {
        Trial.file("rows.jsonl", input);
        for (String prompt : List.of("plain", "alpaca")) {
            Path config = Trial.file(
                    "train.yaml",
                    ("model: " + ChatText.MODEL + "\ndata: rows.jsonl\noutput: o\nlora: {r: 4}\nsteps: 2\nprompt: "
                                    + prompt + "\n")
                            .getBytes(StandardCharsets.UTF_8));
            TrainConfig read = TrainConfig.read(config, List.of());
            Trial.run(input.length, () -> TrainingData.read(read, ChatText.VOCABULARY, () -> TEXT));
        }
    }
}
