package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Launches of {@code sampling.cu}: the next token of each row of logits. */
public final class SamplingKernels {
    private static final int THREADS = 1024;
    private static final int REQUEST_BYTES = 72;

    private final KernelLibrary library;

    public SamplingKernels(KernelLibrary library) {
        this.library = library;
    }

    /**
     * Requests as the kernel reads them; to be copied to the device.
     *
     * @param requests 72 bytes a row, little-endian
     * @param edits I32: tokens seen before and tokens that may not come, row by row; at least one element
     */
    public record Encoded(ByteBuffer requests, int[] edits) {}

    public static Encoded encode(List<SampleRequest> rows) {
        ByteBuffer requests =
                ByteBuffer.allocate(Math.max(1, rows.size()) * REQUEST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int[] edits = new int[16];
        int count = 0;
        for (SampleRequest row : rows) {
            SamplerSettings settings = row.settings();
            int[] seen = settings.repetitionPenalty() == 1
                    ? new int[0]
                    : Arrays.stream(row.history()).distinct().toArray();
            int[] forbidden = forbidden(row);
            int end = count + seen.length + forbidden.length;
            if (end > edits.length) {
                edits = Arrays.copyOf(edits, Math.max(end, 2 * edits.length));
            }
            System.arraycopy(seen, 0, edits, count, seen.length);
            System.arraycopy(forbidden, 0, edits, count + seen.length, forbidden.length);
            requests.putDouble(settings.topP())
                    .putDouble(settings.minP())
                    .putDouble(settings.typicalP())
                    .putLong(row.seed())
                    .putLong(row.stream())
                    .putLong(row.index())
                    .putFloat((float) settings.temperature())
                    .putFloat((float) settings.repetitionPenalty())
                    .putInt(settings.topK())
                    .putInt(count)
                    .putInt(count + seen.length)
                    .putInt(end);
            count = end;
        }
        return new Encoded(requests.clear(), Arrays.copyOf(edits, Math.max(1, count)));
    }

    /** The forbidden tokens and those that would complete an n-gram of the history. */
    private static int[] forbidden(SampleRequest row) {
        int n = row.settings().noRepeatNgramSize();
        int[] history = row.history();
        if (n <= 0 || history.length + 1 < n) {
            return row.forbidden();
        }
        int tail = history.length - (n - 1);
        Set<Integer> tokens = new LinkedHashSet<>();
        for (int token : row.forbidden()) {
            tokens.add(token);
        }
        for (int start = 0; start + n <= history.length; start++) {
            if (Arrays.equals(history, start, start + n - 1, history, tail, history.length)) {
                tokens.add(history[start + n - 1]);
            }
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Bytes of scratch for so many rows; may be 0. */
    public static long workBytes(int rows, int vocabulary) {
        return (long) rows * vocabulary * Double.BYTES;
    }

    /**
     * out I32 [rows] = a token for each row of logits [rows, vocabulary], or {@link Op.SampleTokens#NO_TOKEN}.
     *
     * @param dtype of the logits: F32 or BF16
     * @param requests and {@code edits} of {@link #encode}, in device memory
     * @param work scratch of {@link #workBytes}, undefined before and after
     */
    public void sample(
            DType dtype,
            long logits,
            long requests,
            long edits,
            long work,
            long out,
            int rows,
            int vocabulary,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(logits)
                .address(requests)
                .address(edits)
                .address(work)
                .address(out)
                .i32(vocabulary);
        library.kernel("sampling", "sample_" + Precision.name(dtype))
                .launch(Launch.of(rows, THREADS), arguments, stream);
    }
}
