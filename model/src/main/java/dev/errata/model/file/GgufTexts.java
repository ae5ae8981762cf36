package dev.errata.model.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * An array of texts of a GGUF file, as a vocabulary or its merges: kept as the file's bytes, each text made when it is asked
 * for, since most of those that open a file want none of a hundred thousand.
 */
final class GgufTexts extends AbstractList<String> implements RandomAccess {
    private final byte[] utf8;
    /** Where each text begins, and behind the last one where the next would; its length of 8 bytes lies before it. */
    private final int[] starts;

    private GgufTexts(byte[] utf8, int[] starts) {
        this.utf8 = utf8;
        this.starts = starts;
    }

    /** Reads the array, which the cursor's place must be the count of. */
    static GgufTexts read(GgufCursor cursor) {
        int count = cursor.count(Long.BYTES);
        int[] starts = new int[count + 1];
        MemorySegment rest = cursor.rest();
        long begin = cursor.position();
        starts[0] = Long.BYTES;
        for (int i = 0; i < count; i++) {
            cursor.skip(cursor.count(1));
            long next = cursor.position() - begin + Long.BYTES;
            if (next > Integer.MAX_VALUE - Long.BYTES) {
                throw cursor.bad("an array of more than 2 GiB of text can't be read");
            }
            starts[i + 1] = (int) next;
        }
        return new GgufTexts(rest.asSlice(0, cursor.position() - begin).toArray(ValueLayout.JAVA_BYTE), starts);
    }

    /** What is no UTF-8 becomes the replacement character. */
    @Override
    public String get(int index) {
        int start = starts[index];
        return new String(utf8, start, starts[index + 1] - Long.BYTES - start, StandardCharsets.UTF_8);
    }

    @Override
    public int size() {
        return starts.length - 1;
    }
}
