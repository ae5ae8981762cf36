package dev.errata.pipeline.data;

import dev.errata.tensor.BadInputException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * The bytes of a {@link RowFile}. Nothing is unpacked to the disk. What a packed file may unpack to is bounded, and so is
 * the number of an archive's files; links, and names that lead out of the archive, are never read.
 */
final class UnpackedRows extends FilterInputStream {
    private static final int BUFFER = 1 << 16;
    /** How many times its size a packed file may unpack to, beyond the first 16 MiB; rows of text shrink to a tenth or so. */
    private static final long MOST_UNPACKED = 250;

    private static final long ALWAYS_ALLOWED = 16 << 20;
    private static final int MOST_ENTRIES = 10_000;
    private static final int SHOWN_NAMES = 5;

    /** Bytes that a packed file had more of than rows ever do. */
    private static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final AutoCloseable owner;
    private long left;

    private UnpackedRows(InputStream in, long left, AutoCloseable owner) {
        super(in);
        this.left = left;
        this.owner = owner;
    }

    /**
     * Opens a file's rows.
     *
     * @throws BadInputException for a file that is not packed as its name says, and for an archive in which the rows
     *     can't be found
     */
    static InputStream open(RowFile source) throws IOException {
        Path file = source.file();
        long most = ALWAYS_ALLOWED + MOST_UNPACKED * Files.size(file);
        try {
            return switch (source.packing()) {
                case PLAIN -> buffered(file);
                case GZIP, ZSTD -> bounded(decompressed(file.toString(), buffered(file)), most, null);
                case ZIP -> fromZip(source, most);
                case TAR -> fromTar(source, most);
            };
        } catch (IOException | RuntimeException e) {
            throw e instanceof BadInputException bad ? bad : unreadable(source, e, true);
        }
    }

    /** The exception for what went wrong while a file was read. */
    static BadInputException unreadable(RowFile source, Exception e, boolean atOnce) {
        String where = source.file().toString();
        String kind = source.packing().name().toLowerCase(java.util.Locale.ROOT);
        if (e instanceof TooLargeException) {
            return new BadInputException(
                    "the " + kind + " file unpacks to far more than rows do", where, "unpack it and look", e);
        }
        if (source.packing() == RowFile.Packing.PLAIN || e instanceof java.nio.file.FileSystemException) {
            return new BadInputException("the file cannot be read", where, "check its permissions", e);
        }
        return atOnce
                ? new BadInputException("not a " + kind + " file", where, "get it again or mend its name", e)
                : new BadInputException("a damaged " + kind + " file", where, "get it again", e);
    }

    private static InputStream buffered(Path file) throws IOException {
        return new BufferedInputStream(Files.newInputStream(file), BUFFER);
    }

    private static InputStream bounded(InputStream in, long most, AutoCloseable owner) {
        return new BufferedInputStream(new UnpackedRows(in, most, owner), BUFFER);
    }

    /** The stream without the compression that a name tells; the given one is closed where there is none. */
    private static InputStream decompressed(String name, InputStream packed) throws IOException {
        try {
            if (name.endsWith(".gz") || name.endsWith(".tgz")) {
                return new GZIPInputStream(packed, BUFFER);
            }
            return name.endsWith(".zst") ? new ZstdCompressorInputStream(packed) : packed;
        } catch (IOException | RuntimeException e) {
            packed.close();
            throw e;
        }
    }

    private static InputStream fromZip(RowFile source, long most) throws IOException {
        ZipFile zip = ZipFile.builder().setPath(source.file()).get();
        try {
            List<ZipArchiveEntry> entries = Collections.list(zip.getEntries());
            String name = chosen(
                    source,
                    entries.stream()
                            .filter(each -> !each.isDirectory() && !each.isUnixSymlink())
                            .map(ZipArchiveEntry::getName)
                            .toList());
            ZipArchiveEntry entry = zip.getEntry(name);
            if (!zip.canReadEntryData(entry)) {
                throw new BadInputException(
                        "an entry that is encrypted or packed in an unusual way",
                        source.file() + "!" + name,
                        "unpack it and name the file inside");
            }
            return bounded(decompressed(name, zip.getInputStream(entry)), most, zip);
        } catch (IOException | RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    /** Tar has no list of its files: it is gone through once for the names, and once more for the bytes. */
    private static InputStream fromTar(RowFile source, long most) throws IOException {
        List<String> names = new ArrayList<>();
        try (TarArchiveInputStream tar = tar(source, most)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isFile() && !entry.isLink() && !entry.isSymbolicLink()) {
                    names.add(entry.getName());
                }
                requireFew(source, names.size());
            }
        }
        String name = chosen(source, names);
        TarArchiveInputStream tar = tar(source, most);
        try {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.getName().equals(name)) {
                    return bounded(decompressed(name, tar), most, tar);
                }
            }
            throw new IOException("an entry that is gone");
        } catch (IOException | RuntimeException e) {
            tar.close();
            throw e;
        }
    }

    private static TarArchiveInputStream tar(RowFile source, long most) throws IOException {
        InputStream packed = decompressed(source.file().toString(), buffered(source.file()));
        return new TarArchiveInputStream(bounded(packed, most, null));
    }

    private static void requireFew(RowFile source, int entries) {
        if (entries > MOST_ENTRIES) {
            throw new BadInputException(
                    "an archive of more than " + MOST_ENTRIES + " files",
                    source.file().toString(),
                    "unpack it and name the file inside");
        }
    }

    /** The entry that is asked for, or the only one that holds rows. */
    private static String chosen(RowFile source, List<String> names) {
        requireFew(source, names.size());
        List<String> rows =
                names.stream().filter(UnpackedRows::holdsRows).distinct().toList();
        String where = source.file().toString();
        if (source.entry() != null) {
            if (!rows.contains(source.entry())) {
                throw new BadInputException(
                        "no file of rows " + source.entry().replace(':', ' ') + " in the archive",
                        where,
                        "there is " + shown(rows));
            }
            return source.entry();
        }
        if (rows.isEmpty()) {
            throw new BadInputException("no .jsonl file in the archive", where, "unpack it and look");
        }
        if (rows.size() > 1) {
            throw new BadInputException(
                    "several files of rows in the archive",
                    where,
                    "name one, as " + where + "!" + rows.getFirst() + ", there is " + shown(rows));
        }
        return rows.getFirst();
    }

    private static String shown(List<String> names) {
        String first = String.join(", ", names.stream().limit(SHOWN_NAMES).toList());
        return names.isEmpty() ? "none" : names.size() > SHOWN_NAMES ? first + ", …" : first;
    }

    /** Files by their ending; hidden ones, as macOS puts them into archives, and names with tricks are none. */
    private static boolean holdsRows(String name) {
        boolean within = !name.startsWith("/")
                && !name.contains("\\")
                && !List.of(name.split("/")).contains("..");
        String last = name.substring(name.lastIndexOf('/') + 1);
        return within
                && !last.startsWith(".")
                && !name.startsWith("__MACOSX/")
                && last.matches(".*\\.(?:jsonl|ndjson)(?:\\.gz|\\.zst)?");
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
        try {
            int got = in.read(bytes, from, count);
            left -= Math.max(0, got);
            if (left < 0) {
                throw new TooLargeException();
            }
            return got;
        } catch (IllegalArgumentException | IndexOutOfBoundsException | IllegalStateException damaged) {
            throw new IOException(damaged);
        }
    }

    @Override
    public void close() throws IOException {
        super.close();
        try {
            if (owner != null) {
                owner.close();
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
