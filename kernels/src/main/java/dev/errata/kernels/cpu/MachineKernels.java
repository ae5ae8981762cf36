package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.ExecutableMemory;
import dev.errata.kernels.machine.FourBitLayout;
import dev.errata.kernels.machine.FourBitPairs;
import dev.errata.kernels.machine.FourBitTile;
import dev.errata.kernels.machine.Int8Blocks;
import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.PanelCodes;
import dev.errata.kernels.machine.PanelOfRows;
import dev.errata.kernels.machine.PanelPairs;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.ProcessorUnits;
import dev.errata.kernels.machine.Routine;
import dev.errata.kernels.machine.RowExp;
import dev.errata.kernels.machine.TurnedPairs;
import dev.errata.tensor.MachineCodeSetting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The backend's functions of machine code, for units of the processor that the Vector API doesn't reach. Closing it gives their
 * memory back.
 */
final class MachineKernels implements AutoCloseable {
    private final Set<ProcessorUnit> units;
    private final Loader loader;
    private final List<Runnable> memories = new ArrayList<>();
    /** Null without a unit for it. */
    private final Bf16Unit bf16;

    /** Null without vdpbf16ps. */
    private final VectorBf16 vectorBf16;

    /** Null without AVX-512. */
    private final VectorF32 f32;

    private final List<Routine> exponentials;
    /** Null without AVX-512. */
    private final RowsOfF32.Functions f32Rows;

    private DropoutRows.Functions dropoutRows;
    private final Routine panelPairs;
    /** {@link AmxBf16Row} of 1 row on; none without AMX. */
    private final List<Routine> fewBf16Rows;

    private RowsOfBf16.Functions rowsOfBf16;
    private Bf16Scores.Functions bf16Scores;
    private final Map<Int8Tile.Layout, List<Routine>> int8 = new HashMap<>();
    private final Map<Integer, Routine> int8Blocks = new HashMap<>();
    private final Map<PanelCodes, AmxInt8> amxInt8 = new HashMap<>();
    private final Map<FourBitLayout, FourBitRoutines> fourBit = new HashMap<>();
    private final Map<PanelOfRows.Elements, Routine> panelOfRows = new EnumMap<>(PanelOfRows.Elements.class);
    private final Map<Bf16Tile.Order, Routine> turnedPairs = new EnumMap<>(Bf16Tile.Order.class);
    private boolean closed;

    /** What makes functions of listings. */
    @FunctionalInterface
    interface Loader {
        Loaded load(List<MachineCode> codes) throws MachineCodeUnavailable;
    }

    /**
     * Functions in the order of their listings.
     *
     * @param free gives their memory back, when nobody calls them any more
     */
    record Loaded(List<Routine> routines, Runnable free) {
        static Loaded onThisProcessor(List<MachineCode> codes) throws MachineCodeUnavailable {
            ExecutableMemory memory = ExecutableMemory.of(codes);
            return new Loaded(memory.routines(), memory::close);
        }
    }

    private MachineKernels(Set<ProcessorUnit> units, Loader loader) {
        this.units = units;
        this.loader = loader;
        vectorBf16 = units.contains(ProcessorUnit.VDPBF16PS) ? new VectorBf16(this::loadLater) : null;
        bf16 = switch (bf16Unit(units)) {
            case AMX_BF16 -> new AmxBf16(load(AmxBf16.codes()));
            case VDPBF16PS -> vectorBf16;
            case null, default -> null;
        };
        f32 = units.contains(ProcessorUnit.AVX512F) ? new VectorF32(this::loadLater) : null;
        exponentials = f32 == null
                ? List.of()
                : load(List.of(RowExp.code(VectorExp.constants()), RowExp.gated(VectorExp.constants())));
        f32Rows = f32 == null ? null : RowsOfF32.Functions.of(load(RowsOfF32.Functions.codes()));
        panelPairs = bf16 == null ? null : load(List.of(PanelPairs.code())).getFirst();
        fewBf16Rows = bf16 instanceof AmxBf16 ? load(AmxBf16.fewRows()) : List.of();
    }

    /** The units that kernels are there for and this machine has. */
    static Set<ProcessorUnit> units() throws MachineCodeUnavailable {
        Set<ProcessorUnit> units = offered();
        units.removeAll(TileCheck.wrongUnits(units));
        return units;
    }

    /** Those that this machine has but that compute something else here. */
    static Set<ProcessorUnit> wrongUnits() throws MachineCodeUnavailable {
        return TileCheck.wrongUnits(offered());
    }

    private static Set<ProcessorUnit> offered() throws MachineCodeUnavailable {
        if (MachineCodeSetting.isOff()) {
            throw new MachineCodeUnavailable("it is turned off");
        }
        if (Tile.COLUMNS != Bf16Tile.COLUMNS) {
            throw new MachineCodeUnavailable("vectors have fewer than 512 bits here");
        }
        Set<ProcessorUnit> units = ProcessorUnits.look();
        if (units.isEmpty()) {
            throw new MachineCodeUnavailable("the processor has no unit that there is code for");
        }
        ExecutableMemory.of(List.of()).close();
        return units;
    }

    /** Which of these multiplies bf16, or null; one for all products, since each adds up in an order of its own. */
    static ProcessorUnit bf16Unit(Set<ProcessorUnit> units) {
        return Stream.of(ProcessorUnit.AMX_BF16, ProcessorUnit.VDPBF16PS)
                .filter(units::contains)
                .findFirst()
                .orElse(null);
    }

    /** Empty where there are none, or the system lets nobody execute what it wrote. */
    static Optional<MachineKernels> open() {
        try {
            return Optional.of(of(units(), Loaded::onThisProcessor));
        } catch (MachineCodeUnavailable e) {
            return Optional.empty();
        }
    }

    /** Functions for these units, whether this processor has them or the loader brings something that does. */
    static MachineKernels of(Set<ProcessorUnit> units, Loader loader) {
        return new MachineKernels(units, loader);
    }

    private List<Routine> load(List<MachineCode> codes) {
        try {
            Loaded loaded = loader.load(codes);
            memories.add(loaded.free);
            return loaded.routines;
        } catch (MachineCodeUnavailable e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized List<Routine> loadLater(List<MachineCode> codes) {
        requireOpen();
        return load(codes);
    }

    /** What multiplies rows of bf16, or null. */
    Bf16Unit bf16() {
        return bf16;
    }

    /** What multiplies bf16 in attention, or null without vdpbf16ps. */
    AttentionProducts attentionProducts() {
        if (vectorBf16 == null) {
            return null;
        }
        return bf16 instanceof AmxBf16 tiles
                ? new AttentionProducts(
                        vectorBf16, tiles, load(List.of(PanelPairs.ofRows())).getFirst())
                : new AttentionProducts(vectorBf16);
    }

    /** What multiplies f32, or null. */
    VectorF32 f32() {
        return f32;
    }

    /** Exponentials by {@link RowExp}, or by the Vector API. */
    Exponentials exponentials() {
        return exponentials.isEmpty()
                ? Exponentials.ofVectors()
                : new Exponentials(exponentials.getFirst(), exponentials.getLast());
    }

    /** Functions for rows of f32, or null. */
    RowsOfF32.Functions f32Rows() {
        return f32Rows;
    }

    /** Functions of dropout, made when they are first asked for; null without AVX-512. */
    synchronized DropoutRows.Functions dropoutRows() {
        if (dropoutRows == null && f32 != null) {
            dropoutRows = DropoutRows.Functions.of(loadLater(DropoutRows.Functions.codes()));
        }
        return dropoutRows;
    }

    /** {@link PanelOfRows}, made when it is first asked for; null without AVX-512. */
    synchronized Routine panelOfRows(PanelOfRows.Elements elements) {
        if (!units.contains(ProcessorUnit.AVX512F)) {
            return null;
        }
        requireOpen();
        return panelOfRows.computeIfAbsent(
                elements, each -> load(List.of(new PanelOfRows(each).code())).getFirst());
    }

    /** Functions for scores in bf16, made when they are first asked for; null without vdpbf16ps, which multiplies them. */
    synchronized Bf16Scores.Functions bf16Scores() {
        if (bf16Scores == null && vectorBf16 != null) {
            bf16Scores = Bf16Scores.Functions.of(loadLater(Bf16Scores.Functions.codes()));
        }
        return bf16Scores;
    }

    /** Functions for rows of bf16, made when they are first asked for; null without a unit for it. */
    synchronized RowsOfBf16.Functions rowsOfBf16() {
        if (rowsOfBf16 == null && bf16 != null) {
            rowsOfBf16 = RowsOfBf16.Functions.of(loadLater(RowsOfBf16.Functions.codes()));
        }
        return rowsOfBf16;
    }

    /** {@link TurnedPairs}, made when it is first asked for; only where there is a unit for bf16. */
    synchronized Routine turnedPairs(Bf16Tile.Order from) {
        requireOpen();
        return turnedPairs.computeIfAbsent(
                from, each -> load(List.of(new TurnedPairs(each).code())).getFirst());
    }

    /** {@link PanelPairs}. */
    Routine panelPairs() {
        return panelPairs;
    }

    /** Functions for 1 row of bf16 on, as many as are quicker by a panel as it lies than by {@link #panelPairs}; none where units take such panels. */
    List<Routine> fewBf16Rows() {
        return fewBf16Rows;
    }

    /** Functions for blockwise 4-bit codes of a layout, made when it is first asked for. */
    synchronized FourBitRoutines fourBit(FourBitLayout layout) {
        requireOpen();
        return fourBit.computeIfAbsent(layout, each -> {
            List<MachineCode> codes = new ArrayList<>();
            codes.add(new FourBitPairs(each).code());
            if (bf16.unit() == ProcessorUnit.VDPBF16PS) {
                for (int rows = 1; rows <= FourBitTile.MOST_ROWS; rows++) {
                    codes.add(new FourBitTile(rows, each).code());
                }
            }
            List<Routine> routines = load(codes);
            return new FourBitRoutines(routines.getFirst(), routines.subList(1, routines.size()));
        });
    }

    /**
     * @param pairs {@link FourBitPairs}
     * @param rows {@link FourBitTile} of 1 row on; none where a unit has another order of sums
     */
    record FourBitRoutines(Routine pairs, List<Routine> rows) {}

    /**
     * {@link Int8Tile} for each number of rows; made when a layout is first asked for. Null where there is none, for lack of the unit
     * or of a layout.
     */
    synchronized List<Routine> int8(Int8Tile.Layout layout) {
        if (layout == null || !units.contains(ProcessorUnit.VPDPBUSD)) {
            return null;
        }
        requireOpen();
        return int8.computeIfAbsent(layout, each -> {
            List<MachineCode> codes = new ArrayList<>();
            for (int rows = 1; rows <= Int8Tile.MOST_ROWS; rows++) {
                codes.add(new Int8Tile(rows, each).code());
            }
            return load(codes);
        });
    }

    /** {@link Int8Blocks}, made when a run's length is first asked for; null without AVX-512. */
    synchronized Routine int8Blocks(int run) {
        if (f32 == null) {
            return null;
        }
        requireOpen();
        return int8Blocks.computeIfAbsent(
                run, each -> load(List.of(new Int8Blocks(each).code())).getFirst());
    }

    /**
     * Functions for AMX's tiles, made when a layout is first asked for. Null for lack of the unit or of a layout.
     *
     * @param excess what is taken from codes
     */
    synchronized AmxInt8 amxInt8(Int8Tile.Layout layout, int excess) {
        if (layout == null || !units.contains(ProcessorUnit.AMX_INT8)) {
            return null;
        }
        requireOpen();
        return amxInt8.computeIfAbsent(
                new PanelCodes(layout, excess), panel -> new AmxInt8(load(AmxInt8.codes(panel))));
    }

    /**
     * Functions are gone with the backend: a call after that would end the process.
     *
     * @throws IllegalStateException if it is closed
     */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        memories.forEach(Runnable::run);
    }
}
