package dev.errata.bench.bundle;

import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** A jar without the native libraries of other systems than Linux x64, which make most of some. */
final class LinuxJar {
    private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib)");
    private static final Pattern X64 = Pattern.compile(".*(amd64|x86_64|x86-64|x64).*");

    private LinuxJar() {}

    /**
     * The jar itself, or where it holds such libraries a copy without them.
     *
     * @param scratch a folder that the copy is made in
     */
    static Path of(Path jar, Path scratch) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            List<? extends ZipEntry> all = Collections.list(zip.entries());
            List<? extends ZipEntry> kept =
                    all.stream().filter(entry -> !isForeign(entry.getName())).toList();
            if (kept.size() == all.size()) {
                return jar;
            }
            Path copy = Files.createDirectories(scratch).resolve(jar.getFileName());
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(copy))) {
                out.setLevel(Deflater.BEST_COMPRESSION);
                for (ZipEntry entry : kept) {
                    ZipEntry again = new ZipEntry(entry.getName());
                    again.setTime(entry.getTime());
                    out.putNextEntry(again);
                    try (InputStream in = zip.getInputStream(entry)) {
                        in.transferTo(out);
                    }
                    out.closeEntry();
                }
            }
            return copy;
        } catch (IOException e) {
            throw new RunFailedException("a jar can't be copied", jar.toString(), "build the program anew", e);
        }
    }

    /** Whether an entry is a native library whose path names another system. */
    private static boolean isForeign(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return NATIVE.matcher(lower).matches()
                && !(lower.contains("linux") && X64.matcher(lower).matches());
    }
}
