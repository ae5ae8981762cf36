package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Widens parts of a weight to f32 from the form it is stored in. */
interface WeightRows {
    /** Rows {@code row} on and columns {@code column} on, as a matrix [rows, columns] at {@code to}. */
    void widen(int row, int rows, int column, int columns, long to, Scratch mine);

    /**
     * The reader of a weight, stored or in panels.
     *
     * @throws IllegalArgumentException if its tensors are smaller than it says, or another backend prepared it
     */
    static WeightRows of(Weight weight) {
        return switch (weight) {
            case Weight.Dense(Tensor tensor) -> new DenseRows(tensor);
            case Weight.FourBit packed -> new FourBitRows(packed);
            case Weight.Ggml blocks -> new GgmlRows(blocks);
            case PanelWeight panels -> new PanelRows(panels);
            case Weight.Prepared other -> throw new IllegalArgumentException("a weight of another backend: " + other);
        };
    }

    /** Elements of a stored type one after another. */
    record DenseRows(long address, DType dtype, int in) implements WeightRows {
        DenseRows(Tensor tensor) {
            this(
                    Memory.address(tensor, tensor.dtype(), (long) tensor.rows() * tensor.columns()),
                    tensor.dtype(),
                    tensor.columns());
        }

        @Override
        public void widen(int row, int rows, int column, int columns, long to, Scratch mine) {
            for (int r = 0; r < rows; r++) {
                long from = address + ((long) (row + r) * in + column) * dtype.bytes();
                HalfMath.widen(dtype, from, columns, to + (long) r * columns * 4);
            }
        }
    }
}
