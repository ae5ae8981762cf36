package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/** Launches of {@code sampling_slices.cu} and {@code sampling.cu}: the next token of each row of logits, and what a decoder reads to go on from it. */
public final class SamplingKernels {
    private static final String GENERAL = "sampling";
    private static final String SLICES = "sampling_slices";
    private static final int THREADS = 1024;
    private static final int SLICE_THREADS = 256;
    private static final int ROW_THREADS = 128;
    /** Tokens of a row that a block reads. */
    private static final int SLICE = 4096;
    /** Slices that a block reads. */
    private static final int RUN = 4;
    /** Scores and tokens of one step that the finishing kernel holds in shared memory. */
    private static final int KEPT_BYTES = 8192 * (Float.BYTES + Integer.BYTES);
    /** What a slice leaves beside a list of its tokens: sums, masses of 256 steps, a count. */
    private static final int SLICE_BYTES = 16 + 256 * Integer.BYTES + Integer.BYTES;

    private static final int CUT_BYTES = 32;

    private final KernelLibrary library;

    public SamplingKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * Where the tokens of all slots lie: ids I32 [slots, capacity], lengths I32 [slots].
     */
    public record History(long ids, long lengths, int slots, int capacity) {}

    /** Where {@link dev.errata.tensor.SamplingRules} lie. */
    public record Rules(long settings, long keys, long forbidden, long parts) {}

    /** Bytes of scratch for so many rows; may be 0. */
    public static long workBytes(int rows, int vocabulary) {
        long slices = (long) rows * slices(vocabulary);
        return slices * (SLICE_BYTES + (long) SLICE * (Float.BYTES + Integer.BYTES)) + (long) rows * CUT_BYTES;
    }

    private static int slices(int vocabulary) {
        return Math.ceilDiv(vocabulary, SLICE);
    }

    /**
     * out I32 [rows] = a token for each row of logits [rows, vocabulary], appended to the history of slots[row] too; or {@link
     * Op.SampleTokens#NO_TOKEN}. What rows ask for lies on the device, so all kernels are launched, and each leaves out rows that
     * aren't its own.
     *
     * @param dtype of the logits: F32 or BF16
     * @param slots I32 [rows] without repeats
     * @param work scratch of {@link #workBytes}, undefined before and after
     */
    public void sample(
            DType dtype,
            long logits,
            long slots,
            History history,
            Rules rules,
            long work,
            long out,
            int rows,
            int vocabulary,
            long stream) {
        if (rows == 0) {
            return;
        }
        Launch bySlice = Launch.of(Math.ceilDiv(slices(vocabulary), RUN), rows, SLICE_THREADS);
        Launch byRow = Launch.of(rows, SLICE_THREADS);
        String type = Precision.name(dtype);
        KernelArguments reading =
                arguments(slots, history, rules, logits).address(work).i32(rows).i32(vocabulary);
        library.kernel(SLICES, "sample_slices_" + type).launch(bySlice, reading, stream);
        library.kernel(SLICES, "sample_cuts")
                .launch(
                        byRow,
                        arguments(slots, history, rules).address(work).i32(rows).i32(vocabulary),
                        stream);
        library.kernel(SLICES, "sample_edges_" + type).launch(bySlice, reading, stream);
        library.kernel(SLICES, "sample_finish_" + type)
                .launch(
                        new Launch(rows, 1, 1, SLICE_THREADS, 1, 1, KEPT_BYTES),
                        arguments(slots, history, rules, logits)
                                .address(work)
                                .address(out)
                                .i32(rows)
                                .i32(vocabulary),
                        stream);
        library.kernel(GENERAL, "sample_" + type)
                .launch(
                        Launch.of(rows, THREADS),
                        arguments(slots, history, rules, logits)
                                .address(work)
                                .address(out)
                                .i32(vocabulary),
                        stream);
    }

    private static KernelArguments arguments(long slots, History history, Rules rules, long... before) {
        KernelArguments arguments = new KernelArguments();
        for (long address : before) {
            arguments.address(address);
        }
        return arguments
                .address(slots)
                .address(rules.settings())
                .address(rules.keys())
                .address(rules.forbidden())
                .address(rules.parts())
                .address(history.ids())
                .address(history.lengths())
                .i32(history.slots())
                .i32(history.capacity());
    }

    /**
     * {@link Op.LastTokens} for so many rows; a row whose slot isn't there or is empty becomes −1, 0, 0, −1.
     *
     * @param blockCount columns of blockTable I32 [rows, blockCount]
     */
    public void lastTokens(
            History history,
            long slots,
            long blockTable,
            int blockSize,
            int blockCount,
            long ids,
            long positions,
            long keyLengths,
            long places,
            int rows,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(history.ids())
                .address(history.lengths())
                .i32(history.slots())
                .i32(history.capacity())
                .address(slots)
                .address(blockTable)
                .i32(blockSize)
                .i32(blockCount)
                .address(ids)
                .address(positions)
                .address(keyLengths)
                .address(places)
                .i32(rows);
        library.kernel(GENERAL, "last_tokens")
                .launch(Launch.of(Grids.blocks(rows, ROW_THREADS), ROW_THREADS), arguments, stream);
    }
}
