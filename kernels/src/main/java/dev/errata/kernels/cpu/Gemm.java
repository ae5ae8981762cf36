package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * Matrix products over panels (Goto and van de Geijn 2008). Each element of C is one FMA chain in increasing k, from 0 or from
 * what is there, so its bits depend on neither M, N, threads, vector width, blocks nor the form of a weight: a row has the
 * same bits alone and among others.
 */
final class Gemm {
    /**
     * Steps of k at most that panels of both sides are multiplied over at once: the more, the less often C is read and written
     * again. On a Zen 5 with 1 MiB of second cache, 512 x 2048 x 5632 on one thread: 73 % of the FMA peak with 768, 86 % with 1440
     * and 2048; a panel of B then is 256 KiB.
     */
    private static final int DEPTH = 2048;
    /** Floats of A that are packed at a time. */
    private static final int PACKED = 1 << 22;
    /** Rows that a task takes at most, so that A is read from the third cache once for several panels of B; twice as many cost 5 to 10 %. */
    private static final int CACHED_ROWS = 22 * Tile.ROWS;
    /** The same where each task widens or packs its panels of B again, which costs more. */
    private static final int WIDENED_ROWS = 4 * CACHED_ROWS;
    /**
     * Rows from which machine code multiplies panels that must be widened into native memory for it; those that lie there it multiplies with
     * any number. 32 rows by codes of 4 bits took it 0.75 to 1.13 times as long as the Vector API.
     */
    private static final int F32_ROWS = 64;

    private final Workers workers;
    private final Scratch[] scratch;
    private final WideOperands wide;
    private final LowRankProduct lowRank;
    private final LeftPanels left;
    /** Null without machine code for it. */
    private final F32Products f32;
    /** Null without machine code for it. */
    private final Bf16Products bf16;

    private final Int8Products int8;

    /**
     * @param machine functions of machine code, or null if all is computed on the Vector API
     */
    Gemm(Workers workers, Scratch[] scratch, MemoryPool workRoom, MachineKernels machine) {
        this.workers = workers;
        this.scratch = scratch;
        this.wide = new WideOperands(workers, workRoom);
        VectorF32 machineF32 = machine == null ? null : machine.f32();
        this.lowRank = new LowRankProduct(workers, scratch, machineF32, workRoom);
        this.f32 = machineF32 == null ? null : new F32Products(machineF32, workers, scratch);
        this.left = new LeftPanels(workers.count());
        this.bf16 = machine != null && machine.bf16() != null
                ? new Bf16Products(machine, workers, scratch, workRoom)
                : null;
        this.int8 = new Int8Products(machine, workers, scratch, wide, workRoom);
    }

    /**
     * Products of one left side with some right ones; A is [m, k] at a, or [k, m] if transposed, rows {@code stride} elements apart.
     */
    private record Product(
            long a,
            int stride,
            boolean transposeA,
            ProductSide[] sides,
            int m,
            int k,
            float alpha,
            boolean accumulate) {
        LeftPanels.Source left(int row, int from) {
            long at = transposeA ? (long) from * stride + row : (long) row * stride + from;
            return new LeftPanels.Source(a + at * 4, stride * 4L, transposeA, alpha);
        }

        LeftSide left() {
            LeftSide side = transposeA ? new LeftSide.Transposed(a, stride) : new LeftSide.Stored(a, stride);
            return side.times(alpha);
        }

        int panels() {
            ProductSide last = sides[sides.length - 1];
            return last.first() + last.panels();
        }

        boolean liesInPanels() {
            for (ProductSide side : sides) {
                if (!side.b().liesInPanels()) {
                    return false;
                }
            }
            return true;
        }
    }

    private static ProductSide[] one(RightSide b, long c, int n) {
        return new ProductSide[] {new ProductSide(b, c, n, 0)};
    }

    /** Rows {@code row} on and k {@code from} on, of which A is packed. */
    private record Part(Product p, int row, int rows, int from, int depth) {
        boolean adds() {
            return p.accumulate || from > 0;
        }

        long c(ProductSide side, int ofRow, int column) {
            return side.c() + ((long) (row + ofRow) * side.n() + column) * 4;
        }
    }

    /** Some rows of A and C at a time, or where A is transposed some of A and B, so that what is widened stays small. */
    void run(Op.MatMul op) {
        Tensor a = op.a();
        Tensor b = op.b();
        Tensor c = op.c();
        int m = c.rows();
        int n = c.columns();
        int k = op.transposeA() ? a.rows() : a.columns();
        require(op, m, n, k);
        if (!op.transposeA()) {
            long right = wide.right(b, 0, b.rows());
            RightSide.Dense side = new RightSide.Dense(right, op.transposeB() ? k : n, op.transposeB(), n);
            if (bf16 != null && op.alpha() == 1 && Bf16Products.suits(a, new Weight.Dense(b))) {
                bf16.multiply(a, side, c, op.accumulate());
                return;
            }
            if (isTypedLowRank(a, c, m, n, k)) {
                LeftSide left = new LeftSide.Typed(Elements.of(a, (long) m * k), k).times(op.alpha());
                typedLowRank(left, side, c, m, n, k, op.accumulate());
                return;
            }
            int rows = WideOperands.rowsAtATime(a, c);
            for (int row = 0; row < m; row += rows) {
                int count = Math.min(rows, m - row);
                long rowsOfA = wide.left(a, row, count);
                long out = wide.output(c, row, count, op.accumulate());
                multiply(new Product(rowsOfA, k, false, one(side, out, n), count, k, op.alpha(), op.accumulate()));
                wide.store(c, row, count);
            }
            return;
        }
        if (isTypedLowRank(a, c, m, n, k)) {
            long right = wide.right(b, 0, b.rows());
            RightSide.Dense side = new RightSide.Dense(right, op.transposeB() ? k : n, op.transposeB(), n);
            LeftSide left = new LeftSide.TypedTransposed(Elements.of(a, (long) k * m), m).times(op.alpha());
            typedLowRank(left, side, c, m, n, k, op.accumulate());
            return;
        }
        if (!op.transposeB() && a.dtype() == DType.F32 && b.dtype() != DType.F32 && c.dtype() == DType.F32) {
            RightSide side = new RightSide.Typed(Elements.of(b, (long) k * n), n);
            long left = Memory.floats(a, (long) k * m);
            long out = Memory.floats(c, (long) m * n);
            multiply(new Product(left, m, true, one(side, out, n), m, k, op.alpha(), op.accumulate()));
            return;
        }
        long out = wide.output(c, 0, m, op.accumulate());
        int depth = op.transposeB() ? Math.max(1, k) : WideOperands.rowsAtATime(a, b);
        for (int from = 0; from == 0 || from < k; from += depth) {
            int count = Math.min(depth, k - from);
            long rowsOfA = wide.left(a, from, count);
            long right = op.transposeB() ? wide.right(b, 0, n) : wide.right(b, from, count);
            RightSide side = new RightSide.Dense(right, op.transposeB() ? k : n, op.transposeB(), n);
            boolean adds = op.accumulate() || from > 0;
            multiply(new Product(rowsOfA, m, true, one(side, out, n), m, count, op.alpha(), adds));
        }
        wide.store(c, 0, m);
    }

    /** Whether operands of 16 bits are widened, and the result rounded, by the tasks of a product with a small right side. */
    private static boolean isTypedLowRank(Tensor a, Tensor c, int m, int n, int k) {
        boolean narrow = a.dtype() != DType.F32 || c.dtype() != DType.F32;
        return narrow && n > 0 && k > 0 && LowRankProduct.suits(m, n, k) && LowRankProduct.isOnePart(n, k);
    }

    private void typedLowRank(LeftSide a, RightSide.Dense b, Tensor c, int m, int n, int k, boolean adds) {
        Elements to = Elements.of(c, (long) m * n);
        LowRankProduct.Result result = c.dtype() == DType.F32
                ? new LowRankProduct.Plain(Memory.floats(c, (long) m * n), n)
                : new LowRankProduct.Rounded(to, n, adds);
        lowRank().multiply(a, b, m, n, k, result, adds);
    }

    private static void require(Op.MatMul op, int m, int n, int k) {
        boolean fits = op.a().columns() == (op.transposeA() ? m : k)
                && op.a().rows() == (op.transposeA() ? k : m)
                && op.b().rows() == (op.transposeB() ? n : k)
                && op.b().columns() == (op.transposeB() ? k : n);
        if (!fits) {
            throw new IllegalArgumentException("a product of matrices that don't go together: " + op);
        }
    }

    /** Products with a small right side. */
    LowRankProduct lowRank() {
        return lowRank;
    }

    /** c [m, n] += aᵀ · b; a [k, m] and c F32. */
    void addTransposed(Tensor a, RightSide b, Tensor c) {
        int m = c.rows();
        int k = a.rows();
        long left = Memory.floats(a, (long) k * m);
        long out = Memory.floats(c, (long) m * c.columns());
        multiply(new Product(left, m, true, one(b, out, c.columns()), m, k, 1, true));
    }

    void run(Op.Linear op) {
        Weight w = op.weight();
        if (w.eightBitRows()) {
            int8.multiply(op.x(), List.of(int8.side(w, op.out(), 0, op.accumulate())));
            return;
        }
        linear(op.x(), w, right(w, true), op.out(), op.accumulate());
    }

    /** Layers of one input as one product, where all of them lie in panels and what they give is F32; else one after another. */
    void run(List<Op.Linear> layers) {
        Op.Linear one = layers.getFirst();
        if (bf16 != null
                && layers.stream()
                        .allMatch(layer -> layer.x() == one.x() && Bf16Products.suits(layer.x(), layer.weight()))) {
            runBf16(layers);
            return;
        }
        if (layers.stream().allMatch(layer -> isInt8With(one, layer))) {
            runInt8(layers);
            return;
        }
        int k = one.weight().in();
        if (!layers.stream().allMatch(layer -> isOneWith(one, layer))) {
            layers.forEach(this::run);
            return;
        }
        int m = one.x().rows();
        int rows = WideOperands.rowsAtATime(one.x(), one.out());
        for (int row = 0; row < m; row += rows) {
            int count = Math.min(rows, m - row);
            long a = wide.left(one.x(), row, count);
            ProductSide[] sides = new ProductSide[layers.size()];
            int first = 0;
            for (int i = 0; i < sides.length; i++) {
                Op.Linear layer = layers.get(i);
                long c = wide.output(layer.out(), row, count, false);
                sides[i] = new ProductSide(
                        right(layer.weight(), true), c, layer.weight().out(), first);
                first += sides[i].panels();
            }
            multiply(new Product(a, k, false, sides, count, k, 1, false));
        }
    }

    private void runBf16(List<Op.Linear> layers) {
        List<Bf16Products.Side> sides = new ArrayList<>();
        int first = 0;
        for (Op.Linear layer : layers) {
            Bf16Products.Side side = bf16.side(right(layer.weight(), true), layer.out(), first, layer.accumulate());
            sides.add(side);
            first += side.panels();
        }
        bf16.multiply(layers.getFirst().x(), sides);
    }

    private static boolean isInt8With(Op.Linear one, Op.Linear layer) {
        return layer.x() == one.x()
                && layer.weight().eightBitRows()
                && Int8Products.suitTogether(one.weight(), layer.weight());
    }

    private void runInt8(List<Op.Linear> layers) {
        List<Int8Products.Side> sides = new ArrayList<>();
        int first = 0;
        for (Op.Linear layer : layers) {
            Int8Products.Side side = int8.side(layer.weight(), layer.out(), first, layer.accumulate());
            sides.add(side);
            first += side.panels();
        }
        int8.multiply(layers.getFirst().x(), sides);
    }

    private static boolean isOneWith(Op.Linear one, Op.Linear layer) {
        return layer.x() == one.x()
                && layer.weight() instanceof PanelWeight
                && !layer.weight().eightBitRows()
                && layer.weight().out() > 0
                && layer.out().dtype() == DType.F32
                && !layer.accumulate();
    }

    void run(Op.LinearBackward op) {
        Weight w = op.weight();
        linear(op.dOut(), w, right(w, false), op.dX(), op.accumulate());
    }

    private static RightSide right(Weight weight, boolean transposed) {
        int columns = transposed ? weight.out() : weight.in();
        if (weight instanceof PanelWeight w) {
            return transposed
                    ? new RightSide.Panels(w.form(), w.base())
                    : new RightSide.TurnedPanels(w.form(), w.base(), w.in());
        }
        if (weight instanceof Weight.Dense(Tensor w) && w.dtype() == DType.F32) {
            long address = Memory.floats(w, (long) w.rows() * w.columns());
            return new RightSide.Dense(address, w.columns(), transposed, columns);
        }
        return new RightSide.Stored(WeightRows.of(weight), transposed, columns);
    }

    /** Rows at a time, so that what is widened of bf16 activations stays small. */
    private void linear(Tensor x, Weight weight, RightSide b, Tensor out, boolean accumulate) {
        if (bf16 != null && Bf16Products.suits(x, weight)) {
            bf16.multiply(x, b, out, accumulate);
            return;
        }
        int m = x.rows();
        int k = x.columns();
        int n = out.columns();
        if (b instanceof RightSide.Dense side && isTypedLowRank(x, out, m, n, k)) {
            typedLowRank(new LeftSide.Typed(Elements.of(x, (long) m * k), k), side, out, m, n, k, accumulate);
            return;
        }
        int rows = WideOperands.rowsAtATime(x, out);
        for (int row = 0; row < m; row += rows) {
            int count = Math.min(rows, m - row);
            long a = wide.left(x, row, count);
            long c = wide.output(out, row, count, accumulate);
            multiply(new Product(a, k, false, one(b, c, n), count, k, 1, accumulate));
            wide.store(out, row, count);
        }
    }

    private void multiply(Product p) {
        ProductSide side = p.sides[0];
        if (p.m == 0 || side.n() == 0) {
            return;
        }
        if (p.k == 0) {
            if (!p.accumulate) {
                Memory.zero(side.c(), (long) p.m * side.n() * 4);
            }
            return;
        }
        if (side.b() instanceof RightSide.Dense b && LowRankProduct.suits(p.m, side.n(), p.k)) {
            LowRankProduct.Plain c = new LowRankProduct.Plain(side.c(), side.n());
            lowRank().multiply(p.left(), b, p.m, side.n(), p.k, c, p.accumulate);
            return;
        }
        if (f32 != null && (p.m >= F32_ROWS || p.liesInPanels())) {
            f32.multiply(p.left(), p.sides, p.m, p.k, p.accumulate);
            return;
        }
        int most = PACKED / DEPTH / Tile.ROWS * Tile.ROWS;
        for (int row = 0; row < p.m; row += most) {
            int rows = Math.min(most, p.m - row);
            int depth = PACKED / rows / DEPTH * DEPTH;
            for (int k = 0; k < p.k; k += depth) {
                Part part = new Part(p, row, rows, k, Math.min(depth, p.k - k));
                left.begin(p.left(row, k), rows, part.depth);
                if (rows <= Tile.FEW) {
                    left.require(0, 1, scratch[0]);
                    multiplyFew(part);
                } else {
                    multiply(part);
                }
            }
        }
    }

    /**
     * Each task takes some panels of B through all of k and a share of the rows. The larger tasks come first.
     */
    private void multiply(Part part) {
        int cached = Math.ceilDiv(part.rows, part.p.liesInPanels() ? CACHED_ROWS : WIDENED_ROWS);
        TaskGrid grid = TaskGrid.of(part.p.panels(), left.panels(), cached, workers.count());
        workers.parallelFor(
                grid.tasks(),
                (task, worker) -> multiply(
                        part,
                        grid.firstRowPanel(task),
                        grid.rowPanelEnd(task),
                        grid.firstPanel(task),
                        grid.panelEnd(task),
                        scratch[worker]));
    }

    private void multiply(Part part, int rowPanel, int rowPanelEnd, int panel, int panelEnd, Scratch mine) {
        Product p = part.p;
        left.require(rowPanel, rowPanelEnd, mine);
        int row = rowPanel * Tile.ROWS;
        int rows = Math.min(part.rows, rowPanelEnd * Tile.ROWS) - row;
        int block = block(part.depth);
        for (int k = 0; k < part.depth; k += block) {
            int depth = Math.min(block, part.depth - k);
            boolean adds = part.adds() || k > 0;
            for (ProductSide side : p.sides) {
                int end = Math.min(panelEnd - side.first(), side.panels());
                for (int j = Math.max(0, panel - side.first()); j < end; j++) {
                    int column = j * Tile.COLUMNS;
                    RightPanel b = side.b().panel(column, part.from + k, depth, mine);
                    long c = part.c(side, row, column);
                    Tile.multiply(left, rowPanel, k, b, depth, rows, side.columns(j), c, side.n() * 4L, adds, mine);
                }
            }
        }
    }

    /** Blocks of k are as equal as {@link PanelForm#STEP} allows. */
    private static int block(int depth) {
        int blocks = Math.ceilDiv(depth, DEPTH);
        return Math.ceilDiv(Math.ceilDiv(depth, blocks), PanelForm.STEP) * PanelForm.STEP;
    }

    /**
     * Rows of one panel of A: each task takes its panels of B through all of k, two at a time. These are one of its first half and
     * one of its second, so that what is read are two long streams: on a Zen 5 up to a quarter more bytes a second than by
     * neighbours, each of which begins anew behind the other.
     */
    private void multiplyFew(Part part) {
        Shares shares = new Shares(part.p.panels(), workers.count());
        workers.parallelFor(shares.count(), (task, worker) -> {
            for (ProductSide side : part.p.sides) {
                int panel = Math.max(0, shares.begin(task) - side.first());
                int end = Math.min(shares.begin(task + 1) - side.first(), side.panels());
                int half = Math.ceilDiv(end - panel, 2);
                for (int i = 0; i < half; i++) {
                    int other = panel + i + half;
                    multiplyFew(part, side, panel + i, other < end ? other : panel + i, scratch[worker]);
                }
            }
        });
    }

    private void multiplyFew(Part part, ProductSide side, int panel, int other, Scratch mine) {
        int height = Tile.height(part.rows);
        float[] tiles = mine.fewTiles;
        begin(part, side, panel, height, 0, tiles);
        if (other != panel) {
            begin(part, side, other, height, height * Tile.COLUMNS, tiles);
        }
        side.b().multiply(left.floats(), height, panel, other, part.from, part.depth, tiles, mine);
        end(part, side, panel, 0, tiles);
        if (other != panel) {
            end(part, side, other, height * Tile.COLUMNS, tiles);
        }
    }

    private static void begin(Part part, ProductSide side, int panel, int height, int at, float[] tiles) {
        long c = part.c(side, 0, panel * Tile.COLUMNS);
        Tile.begin(tiles, at, height, c, side.n() * 4L, part.rows, side.columns(panel), part.adds());
    }

    private static void end(Part part, ProductSide side, int panel, int at, float[] tiles) {
        long c = part.c(side, 0, panel * Tile.COLUMNS);
        Tile.end(tiles, at, c, side.n() * 4L, part.rows, side.columns(panel));
    }
}
