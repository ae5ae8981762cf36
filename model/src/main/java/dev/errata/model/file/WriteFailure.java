package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** What the user is told when writing fails. */
public final class WriteFailure {
    private WriteFailure() {}

    /**
     * The sentence for a failed write.
     *
     * @return {@link RunFailedException} for a full disk and for what breaks midway; {@link BadInputException} where
     *     nothing can be written at all
     */
    public static ErrataException of(Path path, IOException cause) {
        String reason = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        String where = path.toString();
        if (reason.contains("no space left") || reason.contains("quota exceeded")) {
            return new RunFailedException(
                    "disk is full", where, "free some space and run the same command again", cause);
        }
        boolean unwritable = cause instanceof AccessDeniedException
                || cause instanceof FileAlreadyExistsException
                || cause instanceof NoSuchFileException
                || cause instanceof NotDirectoryException
                || reason.contains("not a directory")
                || reason.contains("is a directory")
                || reason.contains("read-only")
                || reason.contains("permission denied")
                || reason.contains("not permitted")
                || reason.contains("name too long");
        if (unwritable) {
            return new BadInputException(
                    "output can't be written", where, "choose a place in a folder that may be written to", cause);
        }
        return new RunFailedException("writing failed", where, "check the disk and run the same command again", cause);
    }
}
