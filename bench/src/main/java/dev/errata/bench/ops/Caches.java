package dev.errata.bench.ops;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor's caches, as Linux tells of them. */
final class Caches {
    private static final long USUAL = 32L << 20;

    private Caches() {}

    /** Bytes of the largest cache, which cores may share; 32 MiB where the system doesn't tell. */
    static long largestBytes() {
        Path folder = Path.of("/sys/devices/system/cpu/cpu0/cache");
        if (!Files.isDirectory(folder)) {
            return USUAL;
        }
        long largest = 0;
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(folder, "index*")) {
            for (Path cache : caches) {
                largest = Math.max(
                        largest, bytes(Files.readString(cache.resolve("size")).strip()));
            }
        } catch (IOException | UncheckedIOException e) {
            return USUAL;
        }
        return largest == 0 ? USUAL : largest;
    }

    /** Of a text as {@code 32768K}. */
    private static long bytes(String text) {
        if (!text.matches("\\d+[KMG]?")) {
            return 0;
        }
        String digits = text.replaceAll("\\D", "");
        int shift = text.endsWith("K") ? 10 : text.endsWith("M") ? 20 : text.endsWith("G") ? 30 : 0;
        return Long.parseLong(digits) << shift;
    }
}
