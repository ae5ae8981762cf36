package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.MemoryPool;
import java.util.stream.IntStream;

/** Memory of one worker that is kept between operators and grows to the largest size asked for. Undefined contents. */
final class Scratch {
    private long[] words = new long[0];
    private float[] scales = new float[0];
    private float[] aPanels = new float[0];
    private float[] bPanels = new float[0];

    /**
     * @param pool where native memory comes from, and stays
     * @param machine functions of machine code, or null
     */
    Scratch(MemoryPool pool, MachineKernels machine) {
        this.machine = machine;
        exponentials = machine == null ? Exponentials.ofVectors() : machine.exponentials();
        bf16Scores =
                new Bf16Scores(machine == null ? () -> null : machine::bf16Scores, new Room("sums of scores", pool));
        Room sums = new Room("sums of lanes", pool);
        rowsOfBf16 = machine == null ? RowsOfBf16.ofVectors() : new RowsOfBf16(machine::rowsOfBf16, sums);
        rowsOfF32 = new RowsOfF32(machine == null ? null : machine.f32Rows(), sums);
        VectorF32 f32 = machine == null ? null : machine.f32();
        room = new Room("scratch of a worker", pool);
        keys = new Room("keys of a worker", pool);
        queries = new Room("queries of a worker", pool);
        blocks = new Room("decoded blocks of a worker", pool);
        rows = new Room("rows of a worker's result", pool);
        edge = new Room("a tile on an edge", pool);
        pairs = new Room("a panel as pairs of steps", pool);
        panels = new Room("panels of a right side", pool);
        turned = new Room("turned keys of a worker", pool);
        scaled = new Room("scaled rows of a left side", pool);
        masks = new Room("bits of masks", pool);
        wideRow = new Room("a widened row", pool);
        dropoutRows = new DropoutRows(machine == null ? () -> null : machine::dropoutRows);
        attention =
                new AttentionBlock(f32 == null ? new PackedBlockProducts(this) : new PlacedBlockProducts(f32, this));
    }

    /** The backend's functions of machine code, or null. */
    final MachineKernels machine;

    final Exponentials exponentials;

    final RowsOfBf16 rowsOfBf16;

    final RowsOfF32 rowsOfF32;

    final Bf16Scores bf16Scores;

    final DropoutRows dropoutRows;

    /** One tile of a product. */
    final float[] tile = new float[Tile.ROWS * Tile.COLUMNS];

    /** The panel of a right side that is worked on. */
    final RightPanel right = new RightPanel();

    private final Room edge;
    private final Room pairs;
    private final Room panels;
    private final Room scaled;
    private final Room masks;
    private final Room wideRow;

    /** Panels of {@link #turnedKeys} and {@link #turnedValues}. */
    final Room turned;

    final TurnedRows turnedKeys = new TurnedRows();
    final TurnedRows turnedValues = new TurnedRows();

    /** The rows and the panels that machine code multiplies. */
    final LeftPlace leftPlace = new LeftPlace();

    final PanelPlace[] panelPlaces = IntStream.range(0, F32Products.PANELS)
            .mapToObj(i -> new PanelPlace())
            .toArray(PanelPlace[]::new);

    /** The tiles of one panel of A and two of B. */
    final float[] fewTiles = new float[2 * Tile.ROWS * Tile.COLUMNS];

    /** Some inputs of a panel of a weight, and what is overrun after them. */
    final float[] square = new float[PanelRows.STEPS * Tile.COLUMNS + RightSide.OVERRUN];

    /** Room between the two rounds of {@link Transpose}. */
    final int[] between = new int[Transpose.SIZE * Transpose.SIZE];

    /** Sixteen vectors. */
    final float[] lanes = new float[16 * Lanes.COUNT];

    /** Both moments of a block of 8-bit states. */
    final float[] moments = new float[2 * Blockwise8Bit.BLOCK_SIZE];

    /** Sums of squares of a weight's rows. */
    final double[] squares = new double[Magnitudes.TASK_ROWS];

    /** The codes of a block of 8-bit states. */
    final byte[] codes = new byte[Blockwise8Bit.BLOCK_SIZE];

    /** Scores, rows of an operator, whatever it takes one of. */
    private final Room room;

    /** Keys or values on their way to panels. */
    final Room keys;

    /** Rows of queries and outputs in F32. */
    final Room queries;

    private final Room blocks;
    private final Room rows;

    /** The block of queries that is worked on. */
    final AttentionBlock attention;

    /** The keys and values that the block is multiplied with, from a cache or in rows. */
    final CachedKeys cachedKeys = new CachedKeys(this);

    final CachedValues cachedValues = new CachedValues(this);
    final PackedRows packedKeys = new PackedRows(this);
    final PackedRows packedValues = new PackedRows(this);

    /** The keys and values that machine code multiplies with. */
    final Bf16Keys bf16Keys = new Bf16Keys(this);

    /** The panel that AMX multiplies with. */
    final AmxInt8.Panel amxPanel = new AmxInt8.Panel();

    /** Gradients of one key head. */
    final HeadGradient headGradient = new HeadGradient(this);

    final Bf16HeadGradient bf16HeadGradient = new Bf16HeadGradient(this);

    /** The address of so many native floats, 64-byte aligned. */
    long floats(long count) {
        return room.floats(count);
    }

    /** Room for decoded blocks beside {@link #floats}, 64-byte aligned. */
    long blocks(long count) {
        return blocks.floats(count);
    }

    /** Room for rows of a result beside {@link #floats}, 64-byte aligned. */
    long rows(long count) {
        return rows.floats(count);
    }

    /** Room for words that are drawn. */
    long[] words(int count) {
        if (words.length < count) {
            words = new long[count];
        }
        return words;
    }

    /** Room for the bits of masks, so many words of 64. */
    long masks(int words) {
        return masks.floats(2L * words);
    }

    /** Room for a row that is widened beside {@link #floats} and {@link #rows}. */
    long wideRow(int count) {
        return wideRow.floats(count + Lanes.COUNT);
    }

    /** Room for a tile that reaches beyond its matrix. */
    long edge() {
        return edge.floats((long) Tile.ROWS * Tile.COLUMNS);
    }

    /** Room for a panel in the order of a unit of the processor, so many words of 32 bits. */
    long pairs(long words) {
        return pairs.floats(words);
    }

    /** Room for panels of a right side, so many floats. */
    long panels(long count) {
        return panels.floats(count);
    }

    /** Room for rows times a factor beside {@link #floats}. */
    long scaled(long count) {
        return scaled.floats(count);
    }

    /** Room for the scales of quantized blocks. */
    float[] scales(int floats) {
        if (scales.length < floats) {
            scales = new float[floats];
        }
        return scales;
    }

    float[] aPanels(int floats) {
        if (aPanels.length < floats) {
            aPanels = new float[floats];
        }
        return aPanels;
    }

    float[] bPanels(int floats) {
        if (bPanels.length < floats) {
            bPanels = new float[floats];
        }
        return bPanels;
    }
}
