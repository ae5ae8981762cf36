package dev.errata.train.files;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;

/** Why a file can't be written, as the sentence a user needs. */
public final class WriteFailure {
    private WriteFailure() {}

    /**
     * A full disk is a failed run (exit 1): there was room at the start. A place where nothing can be written is bad input
     * (exit 2).
     */
    public static ErrataException of(IOException e, Path file) {
        String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (said.contains("no space left") || said.contains("quota exceeded") || said.contains("not enough space")) {
            return new RunFailedException(
                    "the disk is full", file.toString(), "make room and run the same command again, it continues", e);
        }
        boolean place = e instanceof AccessDeniedException
                || e instanceof FileAlreadyExistsException
                || e instanceof NoSuchFileException
                || said.contains("not a directory")
                || said.contains("read-only")
                || said.contains("permission denied")
                || said.contains("is a directory");
        if (place) {
            return notWritable(file, e);
        }
        String why = e instanceof FileSystemException named && named.getReason() != null ? named.getReason() : said;
        return new RunFailedException(
                "writing failed (" + why.replace(':', ' ').replaceAll("\\s+", " ") + ")",
                file.toString(),
                "check the disk and run the same command again",
                e);
    }

    private static BadInputException notWritable(Path place, Exception cause) {
        return new BadInputException(
                "the output cannot be written", place.toString(), "choose a folder that can be written", cause);
    }

    /** Makes an output folder and those above it; one that can't be made or written is bad input that names it. */
    public static void requireFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw of(e, folder);
        } catch (ReadOnlyFileSystemException e) {
            throw notWritable(folder, e);
        }
        if (!Files.isWritable(folder)) {
            throw notWritable(folder, null);
        }
    }
}
