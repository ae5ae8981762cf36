package dev.errata.bench.recovery;

import dev.errata.model.file.AtomicFile;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file system in memory whose size can be changed; to mount one takes the rights of root. */
record SmallDisk(Path folder) implements AutoCloseable {
    /** Bytes of a page. */
    static final int PAGE = 4096;
    /** Pages that are enough for anything. */
    static final long ROOM = 1 << 16;

    static SmallDisk mount(Path folder) {
        AtomicFile.createFolders(folder);
        if (!call("mount", "-t", "tmpfs", "-o", size(ROOM), "errata", folder.toString())) {
            throw new RunFailedException("no small disk can be mounted", folder.toString(), "leave small-disk out");
        }
        return new SmallDisk(folder);
    }

    /** Whether this user may mount one. */
    static boolean isPossible(Path folder) {
        AtomicFile.createFolders(folder);
        return call("mount", "-t", "tmpfs", "-o", size(1), "errata", folder.toString())
                && call("umount", folder.toString());
    }

    /** Gives it so many pages. */
    void resize(long pages) {
        if (!call("mount", "-o", "remount," + size(pages), folder.toString())) {
            throw new RunFailedException("the small disk can't be resized", folder.toString(), "leave small-disk out");
        }
    }

    private static String size(long pages) {
        return "size=" + pages * PAGE;
    }

    private static boolean call(String... command) {
        try {
            return new ProcessBuilder(List.of(command))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw Program.interrupted();
        }
    }

    @Override
    public void close() {
        call("umount", folder.toString());
    }
}
