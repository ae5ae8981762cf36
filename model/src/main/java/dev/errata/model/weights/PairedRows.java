package dev.errata.model.weights;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Shape;

/**
 * The order of the rows of q and k. For some architectures a GGUF file has a head's rows in pairs (2i, 2i + 1), which
 * are rotated together; Hugging Face has halves (i, i + D/2). All others have halves in both.
 *
 * @param rows of all heads together
 * @param columns 1 for a bias
 */
public record PairedRows(long rows, long columns, long headRows) {
    /**
     * @param shape [rows, columns] of a matrix, or [rows] of a bias
     */
    public static PairedRows of(Shape shape, int heads) {
        long columns = shape.rank() == 1 ? 1 : shape.columns();
        long rows = shape.elements() / Math.max(1, columns);
        return new PairedRows(rows, columns, rows / heads);
    }

    /** The heads of a tensor of q or k whose rows a GGUF file of the model has in pairs; 0 for all others. */
    public static int heads(ModelConfig config, String name) {
        if (!config.family().gguf().pairsRows()) {
            return 0;
        }
        return name.contains(".q_proj.")
                ? config.numAttentionHeads()
                : name.contains(".k_proj.") ? config.numKeyValueHeads() : 0;
    }

    /** Where the row of pairs {@code row} lies among the halves. */
    public long halved(long row) {
        long inHead = row % headRows;
        return row - inHead + (inHead % 2) * (headRows / 2) + inHead / 2;
    }
}
