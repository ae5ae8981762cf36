package dev.errata.model.adapter;

/** Rows for columns. */
final class Transposed {
    private Transposed() {}

    /** [rows, columns] → [columns, rows]. */
    static float[] of(float[] matrix, int rows, int columns) {
        float[] out = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                out[column * rows + row] = matrix[row * columns + column];
            }
        }
        return out;
    }
}
