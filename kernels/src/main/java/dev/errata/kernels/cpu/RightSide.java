package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.tensor.DType;

/** The right side B [k, n] of a product, from wherever it lies. */
interface RightSide {
    /**
     * Puts a panel [depth][{@link Tile#COLUMNS}] of columns {@code column} on into to[at…]. What is beyond the last column is
     * undefined; up to {@link #OVERRUN} floats after the panel may be overwritten.
     *
     * @param column a multiple of Tile.COLUMNS
     * @param k a multiple of {@link PanelForm#STEP}
     */
    void fill(int column, int k, int depth, float[] to, int at, Scratch mine);

    int OVERRUN = 16 * Tile.COLUMNS;

    /** Steps that are filled at a time on their way to native memory. */
    int FILLED_STEPS = 256;

    /** The same into native memory, where nothing after the panel is overwritten. */
    default void fill(int column, int k, int depth, long to, Scratch mine) {
        float[] room = mine.bPanels(FILLED_STEPS * Tile.COLUMNS + OVERRUN);
        for (int step = 0; step < depth; step += FILLED_STEPS) {
            int count = Math.min(FILLED_STEPS, depth - step);
            fill(column, k + step, count, room, 0, mine);
            Memory.setFloats(to + (long) step * Tile.COLUMNS * 4, room, count * Tile.COLUMNS);
        }
    }

    /**
     * Whether the panel lies in memory as machine code for f32 reads it from step {@code k} on, and then where.
     *
     * @param column a multiple of Tile.COLUMNS
     */
    default boolean lies(int column, int k, PanelPlace place) {
        return false;
    }

    /**
     * The same panel, where it lies if it can be multiplied there, else filled into the worker's scratch.
     *
     * @param column a multiple of Tile.COLUMNS
     * @param k a multiple of {@link PanelForm#STEP}
     */
    default RightPanel panel(int column, int k, int depth, Scratch mine) {
        float[] room = mine.bPanels(depth * Tile.COLUMNS + OVERRUN);
        fill(column, k, depth, room, 0, mine);
        mine.right.inArray(room, 0);
        return mine.right;
    }

    /**
     * Goes on with products of few rows by k on of two panels: tiles [2][height][COLUMNS], for each row and column one FMA chain,
     * k increasing.
     *
     * @param a packed rows [depth][height], of a {@link Tile#height} up to {@link Tile#FEW}
     * @param other the second panel, or the first again where there is one only: then the second tile is undefined
     */
    default void multiply(float[] a, int height, int panel, int other, int k, int depth, float[] tiles, Scratch mine) {
        int panels = other == panel ? 1 : 2;
        float[] b = mine.bPanels(panels * FEW_STEPS * Tile.COLUMNS + OVERRUN);
        int second = FEW_STEPS * Tile.COLUMNS;
        for (int step = 0; step < depth; step += FEW_STEPS) {
            int count = Math.min(FEW_STEPS, depth - step);
            fill(panel * Tile.COLUMNS, k + step, count, b, 0, mine);
            if (panels == 2) {
                fill(other * Tile.COLUMNS, k + step, count, b, second, mine);
            }
            Tile.few(a, step * height, height, b, second, panels, count, tiles, mine.tile);
        }
    }

    /** Steps of k that a product of few rows widens at a time, so that panels stay in the first cache. */
    int FEW_STEPS = 64;

    /** Whether {@link #panel} costs nothing. */
    default boolean liesInPanels() {
        return false;
    }

    /** There is no panel of bf16 in memory. */
    long NO_PANEL = 0;

    /** Where a panel of all k lies as {@link DensePanels} of BF16, or {@link #NO_PANEL}. */
    default long bf16Panel(int column) {
        return NO_PANEL;
    }

    /** How machine code reads panels of all k, other than {@link #bf16Panel}; null where it can't. */
    default Bf16Source bf16Source(MachineKernels kernels) {
        return null;
    }

    /** F32 in memory: [k, n], or [n, k] if transposed; rows {@code stride} elements apart. */
    record Dense(long address, int stride, boolean transposed, int columns) implements RightSide {
        @Override
        public boolean lies(int column, int k, PanelPlace place) {
            if (transposed || column + Tile.COLUMNS > columns) {
                return false;
            }
            place.matrix(address + ((long) k * stride + column) * 4, stride * 4L);
            return true;
        }

        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            int width = Math.min(Tile.COLUMNS, columns - column);
            if (transposed) {
                long from = address + ((long) column * stride + k) * 4;
                PanelPacking.transposed(from, stride * 4L, width, depth, Tile.COLUMNS, to, at, mine.between);
            } else {
                long from = address + ((long) k * stride + column) * 4;
                PanelPacking.straight(from, stride * 4L, width, depth, Tile.COLUMNS, to, at);
            }
        }
    }

    /** Rows [k, n] of any type of floats. */
    record Typed(Elements b, int columns) implements RightSide {
        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            long room = mine.floats((long) depth * Tile.COLUMNS);
            fill(column, k, depth, room, mine);
            PanelPacking.straight(room, Tile.COLUMNS * 4L, Tile.COLUMNS, depth, Tile.COLUMNS, to, at);
        }

        @Override
        public void fill(int column, int k, int depth, long to, Scratch mine) {
            int width = Math.min(Tile.COLUMNS, columns - column);
            b.copyRowsOut((long) k * columns + column, columns, depth, width, to, Tile.COLUMNS * 4L, mine);
        }
    }

    /**
     * Rows [k, n] with what dropout drops of them.
     *
     * @param kept bits of the elements of rows, a row's {@code words} of 64 bits after those of the one before
     */
    record Dropped(Elements x, int columns, long kept, int words, float keep) implements RightSide {
        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            long from = rows(column, k, depth, mine);
            DropoutMath.panel(bits(column, k), words, keep, from, stride(column), depth, Tile.COLUMNS, to, at);
        }

        @Override
        public void fill(int column, int k, int depth, long to, Scratch mine) {
            boolean padded = columns - column < Tile.COLUMNS;
            DType type = padded ? DType.F32 : x.dtype();
            long from = padded ? widened(column, columns - column, k, depth, mine) : x.at((long) k * columns + column);
            long stride = (padded ? Tile.COLUMNS : columns) * (long) type.bytes();
            long bits = bits(column, k);
            long apart = Tile.COLUMNS * 4L;
            mine.dropoutRows.apply(type, from, stride, depth, Tile.COLUMNS, bits, words, keep, to, apart, false, mine);
        }

        private long bits(int column, int k) {
            return kept + (long) k * words * 8 + column / 8;
        }

        private boolean lieInPlace(int column) {
            return columns - column >= Tile.COLUMNS && x.dtype() == DType.F32;
        }

        private long stride(int column) {
            return (lieInPlace(column) ? columns : Tile.COLUMNS) * 4L;
        }

        private long rows(int column, int k, int depth, Scratch mine) {
            return lieInPlace(column)
                    ? x.read((long) k * columns + column, Tile.COLUMNS, 0, mine)
                    : widened(column, Math.min(Tile.COLUMNS, columns - column), k, depth, mine);
        }

        /** Rows as wide as a panel, so that what is beyond the last column may be read too. */
        private long widened(int column, int width, int k, int depth, Scratch mine) {
            long room = mine.floats((long) (depth + 1) * Tile.COLUMNS);
            x.copyRowsOut((long) k * columns + column, columns, depth, width, room, Tile.COLUMNS * 4L, mine);
            return room;
        }
    }

    /** A weight as it is stored, W [out, in]: B is Wᵀ if transposed, else W. */
    record Stored(WeightRows rows, boolean transposed, int columns) implements RightSide {
        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            int width = Math.min(Tile.COLUMNS, columns - column);
            long block = mine.floats((long) Tile.COLUMNS * depth);
            if (transposed) {
                rows.widen(column, width, k, depth, block, mine);
                PanelPacking.transposed(block, depth * 4L, width, depth, Tile.COLUMNS, to, at, mine.between);
            } else {
                rows.widen(k, depth, column, width, block, mine);
                PanelPacking.straight(block, width * 4L, width, depth, Tile.COLUMNS, to, at);
            }
        }
    }

    /** Wᵀ of a weight in panels: they are what is asked for. */
    record Panels(PanelForm form, long base) implements RightSide {
        @Override
        public void multiply(
                float[] a, int height, int panel, int other, int k, int depth, float[] tiles, Scratch mine) {
            if (form.multiplies(height)) {
                form.multiply(a, height, base, panel, other, k, depth, tiles, mine);
            } else {
                RightSide.super.multiply(a, height, panel, other, k, depth, tiles, mine);
            }
        }

        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            form.widen(base, column / Tile.COLUMNS, k, depth, to, at, mine);
        }

        @Override
        public boolean liesInPanels() {
            return form instanceof DensePanels dense && RightPanel.canLie(dense.dtype());
        }

        @Override
        public boolean lies(int column, int k, PanelPlace place) {
            if (!(form instanceof DensePanels dense)) {
                return false;
            }
            long at = dense.at(base, column / Tile.COLUMNS, k);
            return switch (dense.dtype()) {
                case F32 -> {
                    place.floats(at);
                    yield true;
                }
                case BF16 -> {
                    place.halves(at);
                    yield true;
                }
                default -> false;
            };
        }

        @Override
        public long bf16Panel(int column) {
            return form instanceof DensePanels dense && dense.dtype() == DType.BF16
                    ? dense.at(base, column / Tile.COLUMNS, 0)
                    : NO_PANEL;
        }

        @Override
        public Bf16Source bf16Source(MachineKernels kernels) {
            return switch (form) {
                case DensePanels dense
                when dense.dtype() == DType.BF16 && dense.in() % 2 == 0 ->
                    new Bf16Source.Dense(dense, base, kernels.panelPairs(), kernels.fewBf16Rows());
                case CodedPanels coded
                when coded.pairLayout() != null ->
                    new Bf16Source.FourBit(coded, base, kernels.fourBit(coded.pairLayout()));
                default -> null;
            };
        }

        @Override
        public RightPanel panel(int column, int k, int depth, Scratch mine) {
            if (!liesInPanels()) {
                return RightSide.super.panel(column, k, depth, mine);
            }
            DensePanels dense = (DensePanels) form;
            mine.right.inMemory(dense.at(base, column / Tile.COLUMNS, k), dense.dtype());
            return mine.right;
        }
    }

    /** W of a weight in panels: squares of them, turned round. */
    record TurnedPanels(PanelForm form, long base, int in) implements RightSide {
        @Override
        public void fill(int column, int k, int depth, float[] to, int at, Scratch mine) {
            int inputs = Math.min(Tile.COLUMNS, in - column);
            int from = column / PanelForm.STEP * PanelForm.STEP;
            float[] square = mine.square;
            for (int o = 0; o < depth; o += Tile.COLUMNS) {
                int outputs = Math.min(Tile.COLUMNS, depth - o);
                form.widen(base, (k + o) / Tile.COLUMNS, from, column - from + inputs, square, 0, mine);
                int corner = (column - from) * Tile.COLUMNS;
                Transpose.square(square, corner, inputs, outputs, to, at + o * Tile.COLUMNS, mine.between);
            }
        }

        @Override
        public Bf16Source bf16Source(MachineKernels kernels) {
            if (!Bf16Source.turns(in)) {
                return null;
            }
            return switch (form) {
                case DensePanels dense
                when dense.dtype() == DType.BF16 ->
                    new Bf16Source.Turned(dense, base, kernels.turnedPairs(Bf16Tile.Order.OUTPUTS));
                case CodedPanels coded
                when coded.pairLayout() != null ->
                    new Bf16Source.TurnedFourBit(
                            coded,
                            base,
                            kernels.fourBit(coded.pairLayout()).pairs(),
                            kernels.turnedPairs(Bf16Tile.Order.STEPS));
                default -> null;
            };
        }
    }
}
