package dev.errata.bench.bundle;

import dev.errata.model.file.AtomicFile;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/** Writes a {@code .tar.gz} with one folder in it, which gets its name when it is whole. */
final class BundleArchive {
    private static final int EXECUTABLE = 0755;
    private static final int READABLE = 0644;

    private BundleArchive() {}

    /**
     * @param folder that all files are in, within the archive
     * @param onFile called when a file was written
     */
    static void write(Path archive, String folder, BundleContents contents, Runnable onFile) {
        GzipParameters best = new GzipParameters();
        best.setCompressionLevel(Deflater.BEST_COMPRESSION);
        try (AtomicFile file = AtomicFile.create(archive)) {
            try (TarArchiveOutputStream tar =
                    new TarArchiveOutputStream(new GzipCompressorOutputStream(file.stream(), best))) {
                tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
                for (Map.Entry<String, Path> each : contents.files().entrySet()) {
                    add(tar, folder + "/" + each.getKey(), each.getValue());
                    onFile.run();
                }
            } catch (IOException e) {
                throw new RunFailedException(
                        "the archive can't be written", archive.toString(), "check the space there and try again", e);
            }
            file.commit();
        }
    }

    private static void add(TarArchiveOutputStream tar, String name, Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            link.setLinkName(Files.readSymbolicLink(path).toString());
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
            return;
        }
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(Files.size(path));
        entry.setMode(Files.isExecutable(path) ? EXECUTABLE : READABLE);
        entry.setLastModifiedTime(Files.getLastModifiedTime(path));
        tar.putArchiveEntry(entry);
        Files.copy(path, tar);
        tar.closeArchiveEntry();
    }
}
