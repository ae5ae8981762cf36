package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code gpu-bench} measured so far.
 *
 * @param ceilings of the last call
 * @param parts those that are done, in their order
 * @param skipped those that there was no time for
 * @param failed those that ended with an error, and which
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record GpuBenchResult(
        GpuCard card,
        Ceilings ceilings,
        List<String> parts,
        List<String> skipped,
        List<String> failed,
        List<KernelRow> kernels,
        List<TrainingRow> training,
        List<DecodingRow> decoding) {
    /** The rows of a part. */
    record Rows(List<KernelRow> kernels, List<TrainingRow> training, List<DecodingRow> decoding) {
        static Rows ofKernels(List<KernelRow> rows) {
            return new Rows(rows, List.of(), List.of());
        }

        static Rows ofTraining(TrainingRow row) {
            return new Rows(List.of(), List.of(row), List.of());
        }

        static Rows ofDecoding(List<DecodingRow> rows) {
            return new Rows(List.of(), List.of(), rows);
        }
    }

    static GpuBenchResult none(GpuCard card, Ceilings ceilings) {
        return new GpuBenchResult(card, ceilings, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** To go on from: with the ceilings of this call, and nothing skipped or failed yet. */
    GpuBenchResult begun(Ceilings now) {
        return new GpuBenchResult(card, now, parts, List.of(), List.of(), kernels, training, decoding);
    }

    GpuBenchResult with(String part, Rows rows) {
        return new GpuBenchResult(
                card,
                ceilings,
                joined(parts, List.of(part)),
                skipped,
                failed,
                joined(kernels, rows.kernels()),
                joined(training, rows.training()),
                joined(decoding, rows.decoding()));
    }

    GpuBenchResult withSkipped(String part) {
        return new GpuBenchResult(
                card, ceilings, parts, joined(skipped, List.of(part)), failed, kernels, training, decoding);
    }

    GpuBenchResult withFailed(String what) {
        return new GpuBenchResult(
                card, ceilings, parts, skipped, joined(failed, List.of(what)), kernels, training, decoding);
    }

    private static <T> List<T> joined(List<T> first, List<T> then) {
        List<T> all = new ArrayList<>(first);
        all.addAll(then);
        return all;
    }
}
