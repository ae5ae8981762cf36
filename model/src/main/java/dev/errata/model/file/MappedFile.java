package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A whole file mapped into memory for reading. */
final class MappedFile {
    private MappedFile() {}

    /**
     * @param arena how long the mapping lives
     * @throws BadInputException if the file is missing, unreadable, a folder or a Git LFS pointer
     */
    static MemorySegment map(Path path, Arena arena) {
        if (Files.isDirectory(path)) {
            throw new BadInputException("a folder stands where a file is wanted", path.toString(), "name the file");
        }
        LfsPointer.refuse(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (NoSuchFileException e) {
            throw new BadInputException("file is missing", path.toString(), "check the path", e);
        } catch (IOException e) {
            throw new BadInputException("file can't be read", path.toString(), "check that it may be read", e);
        }
    }
}
