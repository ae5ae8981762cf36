package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that gets its name only when it is whole: files go to {@code NAME.partial}, {@link #commit} renames it. Closed
 * without a commit, it is removed; after a kill it stays and the next attempt begins it anew.
 */
public final class PartialFolder implements AutoCloseable {
    private final Path target;
    private final Path partial;
    private boolean committed;

    private PartialFolder(Path target, Path partial) {
        this.target = target;
        this.partial = partial;
    }

    /**
     * @throws BadInputException if something is at the target already, or the place can't be written to
     */
    public static PartialFolder begin(Path target) {
        Path whole = target.toAbsolutePath().normalize();
        Path partial = whole.resolveSibling(whole.getFileName() + ".partial");
        PartialFolder folder = new PartialFolder(target, partial);
        try {
            if (Files.exists(whole)
                    && (!Files.isDirectory(whole) || !entries(whole).isEmpty())) {
                throw new BadInputException(
                        "something is there already", target.toString(), "choose another folder or remove that one");
            }
            folder.remove();
        } catch (IOException e) {
            throw WriteFailure.of(target, e);
        }
        AtomicFile.createFolders(partial);
        return folder;
    }

    /** Where the files go until then. */
    public Path path() {
        return partial;
    }

    /** Gives the folder its name. */
    public void commit() {
        try {
            Files.deleteIfExists(target);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            committed = true;
            AtomicFile.syncFolder(partial.getParent());
        } catch (IOException e) {
            throw WriteFailure.of(target, e);
        }
    }

    /** Removes what is unfinished unless it was committed. */
    @Override
    public void close() {
        if (committed) {
            return;
        }
        try {
            remove();
        } catch (IOException e) {
            throw WriteFailure.of(partial, e);
        }
    }

    /** Files alone: a folder within would not be ours. */
    private void remove() throws IOException {
        if (Files.isDirectory(partial)) {
            for (Path file : entries(partial)) {
                Files.delete(file);
            }
            Files.delete(partial);
        }
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
