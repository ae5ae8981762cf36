package dev.errata.pipeline.cli.text;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.quant.LittleEndian;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import dev.errata.tensor.sampling.TokenDistribution;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code sampler}: logits and settings to the probabilities that a next token is drawn from, a row each. */
@picocli.CommandLine.Command(
        name = "sampler",
        description = {
            "Show what sampling settings make of logits.",
            "A row names its tensor <case>.logits [V], the ids so far and its settings; <case>.probs [V] is written."
        },
        footer = {
            "",
            "Example:",
            "  errata sampler --logits logits.safetensors --input rows.jsonl --output probs.safetensors"
        })
public final class SamplerCommand implements Command {
    @Option(
            names = "--logits",
            required = true,
            paramLabel = "F.safetensors",
            description = "tensors <case>.logits [V]")
    private Path logits;

    @Option(names = "--input", required = true, paramLabel = "F.jsonl", description = "rows of case, ids, settings")
    private Path input;

    @Option(names = "--output", required = true, paramLabel = "O.safetensors", description = "tensors <case>.probs [V]")
    private Path output;

    /** A line of the output: how many tokens can still be drawn. */
    record Kept(int kept) {}

    @Override
    public void run(Session session) {
        List<Kept> kept = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(logits, arena);
            Map<String, SamplerRow> rows = new LinkedHashMap<>();
            List<SafetensorsWriter.Plan> plans = new ArrayList<>();
            JsonRows.forEach(input, each -> {
                SamplerRow row = SamplerRow.of(each);
                if (rows.put(row.probabilities(), row) != null) {
                    throw each.wrong("case " + row.name() + " is there twice", "give each row its own case");
                }
                plans.add(new SafetensorsWriter.Plan(
                        row.probabilities(), DType.F32, checked(file, row).shape()));
            });
            try (SafetensorsWriter writer = SafetensorsWriter.create(output, Map.of(), plans)) {
                for (SafetensorsWriter.Plan plan : writer.order()) {
                    SamplerRow row = rows.get(plan.name());
                    kept.add(write(writer, row, file.entries().get(row.logits()).toFloats()));
                }
                writer.commit();
            }
        }
        kept.forEach(session::row);
    }

    /** The row's tensor, if it is a vector of floats that all ids so far are within. */
    private TensorEntry checked(SafetensorsFile file, SamplerRow row) {
        TensorEntry tensor = file.entries().get(row.logits());
        if (tensor == null) {
            throw row.row().wrong("tensor " + row.logits() + " is not in " + logits, "name a case that is there");
        }
        Shape shape = tensor.shape();
        boolean readable = tensor.dtype() == DType.F32 || tensor.dtype() == DType.BF16 || tensor.dtype() == DType.F16;
        if (!readable || shape.rank() != 1 || shape.elements() == 0) {
            throw row.row()
                    .wrong(
                            "tensor " + row.logits() + " is " + tensor.dtype() + " " + shape,
                            "give floats of shape [V]");
        }
        for (int id : row.history()) {
            if (id < 0 || id >= shape.elements()) {
                throw row.row().wrong("id " + id + " is no token", "use ids from 0 to " + (shape.elements() - 1));
            }
        }
        return tensor;
    }

    private static Kept write(SafetensorsWriter writer, SamplerRow row, float[] values) {
        TokenDistribution distribution = new TokenDistribution(values.length);
        for (int i = 0; i < values.length; i++) {
            distribution.scores()[i] = values[i];
        }
        int kept = distribution.compute(row.settings(), row.history());
        MemorySegment probabilities = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        for (int i = 0; i < values.length; i++) {
            probabilities.set(LittleEndian.F32, (long) i * Float.BYTES, (float)
                    distribution.probabilities()[i]);
        }
        writer.write(row.probabilities(), probabilities);
        return new Kept(kept);
    }
}
