package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The small text that stands in place of a large file where a repository was cloned without Git LFS
 * (git-lfs/docs/spec.md): a first line {@code version https://git-lfs.github.com/spec/v1}, then {@code oid} and {@code size}.
 */
public final class LfsPointer {
    /** The specification's bound. */
    private static final int LONGEST = 1024;

    /** The second one is the address before the first release. */
    private static final Pattern BEGIN =
            Pattern.compile("version https://(?:git-lfs\\.github\\.com|hawser\\.github\\.com)/spec/v\\d");

    private static final Pattern SIZE = Pattern.compile("(?m)^size (\\d{1,18})$");

    private LfsPointer() {}

    /**
     * To be called before a file is read as what it should be. One that is missing or can't be read is left to its reader.
     *
     * @throws BadInputException if a pointer stands there
     */
    public static void refuse(Path file) {
        String text;
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > LONGEST) {
                return;
            }
            try (InputStream in = Files.newInputStream(file)) {
                text = new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
            }
        } catch (IOException e) {
            return;
        }
        if (BEGIN.matcher(text).lookingAt()) {
            Matcher size = SIZE.matcher(text);
            throw new BadInputException(
                    "a Git LFS pointer in place of the file itself"
                            + (size.find() ? ", which has " + size.group(1) + " bytes" : ""),
                    file.toString(),
                    "run git lfs pull in its folder, or download the file");
        }
    }
}
