package dev.errata.pipeline.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of rows, plain, compressed, or inside an archive: {@code rows.jsonl}, {@code rows.jsonl.gz}, {@code rows.jsonl.zst},
 * {@code data.zip}, {@code data.tar.gz}, and {@code data.zip!train.jsonl} for one of several files of an archive.
 *
 * @param file on the disk
 * @param entry the name inside the archive; null: the only one
 */
public record RowFile(Path file, String entry) {
    private static final Pattern WITHIN = Pattern.compile("(.*?\\.(?:zip|tar|tgz|tar\\.gz|tar\\.zst))!(.+)");
    private static final Pattern ENDINGS =
            Pattern.compile("\\.(?:zip|tgz|tar|tar\\.gz|tar\\.zst)$|(?:\\.(?:jsonl?|ndjson))?(?:\\.(?:gz|zst))?$");

    /** How a file is packed. */
    enum Packing {
        PLAIN,
        GZIP,
        ZSTD,
        ZIP,
        TAR;

        /** Of a name by its ending; a compressed tar is a tar. */
        static Packing of(String name) {
            if (name.endsWith(".zip")) {
                return ZIP;
            }
            if (name.endsWith(".tar")
                    || name.endsWith(".tgz")
                    || name.endsWith(".tar.gz")
                    || name.endsWith(".tar.zst")) {
                return TAR;
            }
            return name.endsWith(".gz") ? GZIP : name.endsWith(".zst") ? ZSTD : PLAIN;
        }
    }

    /** What a path names; a file that is called so goes before an entry of an archive. */
    public static RowFile of(Path path) {
        Matcher within = WITHIN.matcher(path.toString());
        return !Files.exists(path) && within.matches()
                ? new RowFile(Path.of(within.group(1)), within.group(2))
                : new RowFile(path, null);
    }

    Packing packing() {
        return Packing.of(name());
    }

    private String name() {
        return file.getFileName().toString();
    }

    /** The name without folders and endings, as rows without an id are called after it. */
    public String stem() {
        String name = entry == null ? name() : entry.substring(entry.lastIndexOf('/') + 1);
        return ENDINGS.matcher(name).replaceFirst("");
    }
}
