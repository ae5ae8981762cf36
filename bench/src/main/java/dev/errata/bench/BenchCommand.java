package dev.errata.bench;

import dev.errata.bench.model.ModelBench;
import dev.errata.bench.train.TrainBench;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;

/** {@code bench}: how fast this machine computes. */
@picocli.CommandLine.Command(
        name = "bench",
        description = "Measure whole models, trainings and single operators on this machine.",
        subcommands = {ModelBench.class, TrainBench.class},
        footer = {
            "",
            "Examples:",
            "  errata bench model --model MODEL --prompt 512 --generate 128 --batch 1,8,32 --threads 1,2",
            "  errata bench train configs/lora.yaml model=DIR data=rows.jsonl"
        })
public final class BenchCommand implements Command {
    @Override
    public void run(Session session) {
        throw new BadInputException("bench is told nothing to measure", "bench", "see errata bench --help");
    }
}
