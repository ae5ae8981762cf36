package dev.errata.pipeline.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/**
 * Gzipped rows, the only kind of archive that is read. An input that begins as a gzip file does is one; any other is zipped
 * first, so that its rows are reached.
 */
public final class GzipRowsFuzz {
    /** What a byte of a gzip file can unpack to; what doesn't end in memory is bounded by the reader. */
    private static final int MOST_UNPACKED = 1032;

    private GzipRowsFuzz() {}

    /** Reads one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        boolean isGzip = input.length > 1 && input[0] == 0x1F && input[1] == (byte) 0x8B;
        byte[] bytes = isGzip ? input : zipped(input);
        RowsFuzz.read(Trial.file("rows.jsonl.gz", bytes), isGzip ? MOST_UNPACKED * bytes.length : input.length);
    }

    private static byte[] zipped(byte[] input) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
