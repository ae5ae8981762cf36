package dev.errata.bench.recovery;

import java.util.List;

/** All of them: a line each. */
final class Scenarios {
    private static final String TRAIN = "train {in}/train.yaml output={out} --threads 1";
    private static final String LOOP = "run {in}/loop.yaml output={out} --threads 1";
    private static final String OPENAI = LOOP + " correct.corrector=openai correct.openai.base_url={url}"
            + " correct.openai.model=tiny correct.openai.concurrency=2";
    private static final String SERVED = " correct.openai.max_tokens=8 correct.openai.max_retries=1";
    private static final String SOLUTIONS = " augment.samples=2 augment.from=";
    private static final String NEW_PROBLEMS = " evolve.questions=3 evolve.answers=3 evolve.from=";
    /** Up to a letter that a random model writes soon, so that its texts end by themselves, and most with a number in them. */
    private static final String SHORT = " sample.max_new_tokens=64 sample.stop=[e]";

    private static final String STAGE = " {in}/loop.yaml output={out}/";

    static final List<Scenario> ALL = List.of(
            Scenario.of("lora", TRAIN),
            Scenario.of("qlora", TRAIN + " quantization.format=nf4 quantization.double_quant=true dtype=bf16"),
            Scenario.of("8-bit", TRAIN + " optimizer.name=adamw8bit optimizer.min_8bit_size=16"),
            Scenario.of("paged", TRAIN + " optimizer.paged=true optimizer.page_budget_mb=1"),
            Scenario.of("lion", TRAIN + " optimizer.name=lion schedule.name=cosine schedule.warmup_steps=2"),
            Scenario.of("full", TRAIN + " lora=null full_fine_tuning=true"),
            Scenario.of(
                    "ragged",
                    TRAIN
                            + " steps=null epochs=2 gradient_accumulation_steps=3 micro_batch_size=2 lora.lora_dropout=0.1"),
            Scenario.of("tokens", TRAIN + " micro_batch_size=null micro_batch_tokens=24 rows_per_step=5"),
            Scenario.of("best", TRAIN + " validation=0.25 keep_checkpoints=1 checkpoint_every=1"),
            Scenario.of("longer", TRAIN + " steps=2", TRAIN + " steps=4"),
            Scenario.of("loop", LOOP),
            Scenario.of("loop-full", LOOP + " train.lora=null train.full_fine_tuning=true"),
            Scenario.of(
                    "local",
                    LOOP + " correct.corrector=local correct.local.model={in}/tiny correct.local.max_new_tokens=8"),
            Scenario.of("answer-key", LOOP + " correct.corrector=answer-key"),
            Scenario.asking(Scenario.Asks.ENDPOINT, "openai", OPENAI),
            Scenario.asking(Scenario.Asks.MOODY_ENDPOINT, "moody", OPENAI),
            Scenario.asking(Scenario.Asks.SERVER, "server", OPENAI + SERVED),
            Scenario.of("several", LOOP + " sample.models=[{in}/tiny,{in}/adapter]"),
            Scenario.of("choose", LOOP + " choose.problems=2"),
            Scenario.of("augment", LOOP + SOLUTIONS + "model"),
            Scenario.asking(Scenario.Asks.ENDPOINT, "augment-openai", OPENAI + SOLUTIONS + "openai augment.rows=3"),
            Scenario.asking(Scenario.Asks.SERVER, "augment-server", OPENAI + SERVED + SOLUTIONS + "openai"),
            Scenario.asking(
                    Scenario.Asks.ENDPOINT,
                    "evolve-local",
                    OPENAI + " correct.local.model={in}/tiny" + SHORT + NEW_PROBLEMS + "local evolve.answers=1"),
            Scenario.asking(Scenario.Asks.ENDPOINT, "evolve-openai", OPENAI + NEW_PROBLEMS + "openai"),
            Scenario.asking(
                    Scenario.Asks.MOODY_ENDPOINT,
                    "evolve-moody",
                    OPENAI + SOLUTIONS + "openai" + NEW_PROBLEMS + "openai"),
            Scenario.of(
                    "stages",
                    "sample" + STAGE + "run",
                    "correct" + STAGE + "run",
                    "filter" + STAGE + "run",
                    "train-arms" + STAGE + "run",
                    "eval" + STAGE + "run",
                    "report" + STAGE + "run"),
            Scenario.of(
                    "shards",
                    "sample" + STAGE + "a --shard 0/2",
                    "sample" + STAGE + "b --shard 1/2",
                    "gather {out}/run --from {out}/a {out}/b"),
            Scenario.of(
                    "eval",
                    "eval gsm8k --model {in}/tiny --input {in}/held_out.jsonl --limit 6 --samples 2 --max-new-tokens 8 --output {out}"),
            Scenario.of(
                    "models",
                    "init --config {in}/tiny/config.json --output {out}/new",
                    "quantize --input {in}/tiny --format nf4 --block-size 64 --output {out}/nf4",
                    "merge --model {in}/tiny --adapter {in}/adapter --base original --output {out}/merged",
                    "dequantize --input {out}/nf4 --dtype bf16 --output {out}/bf16",
                    "problems --seed 5 --count 40 --output {out}/more.jsonl.gz"));

    private Scenarios() {}
}
