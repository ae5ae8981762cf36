package dev.errata.model.weights;

import dev.errata.tensor.Shape;

/**
 * The order of the rows of q and k. For the architecture llama a GGUF file has a head's rows in pairs (2i, 2i + 1), which
 * are rotated together; Hugging Face has halves (i, i + D/2). All other architectures have halves in both.
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

    /** Where the row of pairs {@code row} lies among the halves. */
    public long halved(long row) {
        long inHead = row % headRows;
        return row - inHead + (inHead % 2) * (headRows / 2) + inHead / 2;
    }
}
