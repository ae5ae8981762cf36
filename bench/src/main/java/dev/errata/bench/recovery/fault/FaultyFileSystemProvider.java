package dev.errata.bench.recovery.fault;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * The system's own files, with faults. A JVM takes it as its default by the property
 * {@code java.nio.file.spi.DefaultFileSystemProvider}, so that every file the program writes goes through it and the program
 * has no part in it.
 */
public final class FaultyFileSystemProvider extends FileSystemProvider {
    private final FileSystemProvider real;
    private final FileSystem system;
    private final FaultyFileSystem files;
    private volatile Faults faults;

    /** Called by the JVM with the provider that it would have had. */
    public FaultyFileSystemProvider(FileSystemProvider real) {
        this.real = real;
        this.system = real.getFileSystem(URI.create("file:///"));
        this.files = new FaultyFileSystem(system, this);
        this.faults = new Faults(FaultPlan.ofThisProcess(), false, system);
    }

    /**
     * Begins to count anew, for another plan, in a process that goes on where it should be gone: from then on every change of a file
     * throws {@link ProcessGoneError}.
     */
    public static void survive(FaultPlan plan) throws IOException {
        FaultyFileSystemProvider installed =
                (FaultyFileSystemProvider) FileSystems.getDefault().provider();
        installed.faults.end();
        installed.faults = new Faults(plan, true, installed.system);
    }

    /** Whether the process would be gone by now. */
    public static boolean isGone() {
        return ((FaultyFileSystemProvider) FileSystems.getDefault().provider()).faults.isDead();
    }

    private static Path real(Path path) {
        return ((FaultyPath) path).real();
    }

    private Path faulty(Path path) {
        return new FaultyPath(path, files);
    }

    @Override
    public String getScheme() {
        return real.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
        return real.newFileSystem(uri, environment);
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return files;
    }

    @Override
    public Path getPath(URI uri) {
        return faulty(real.getPath(uri));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        Path file = real(path);
        boolean writes = options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
        if (!writes || !faults.watches(file)) {
            return real.newFileChannel(file, options, attributes);
        }
        FileChannel channel =
                faults.perform(FileOperation.OPEN, file, () -> real.newFileChannel(file, options, attributes));
        if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
            faults.unforced().gone(file);
        }
        return new FaultyFileChannel(channel, file, faults, options.contains(StandardOpenOption.APPEND));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> stream = real.newDirectoryStream(real(folder), path -> filter.accept(faulty(path)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> paths = stream.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return paths.hasNext();
                    }

                    @Override
                    public Path next() {
                        return faulty(paths.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
        change(FileOperation.FOLDER, folder, () -> {
            real.createDirectory(real(folder), attributes);
            return null;
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        change(FileOperation.DELETE, path, () -> {
            real.delete(real(path));
            faults.unforced().gone(real(path));
            return null;
        });
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        change(FileOperation.COPY, target, () -> {
            real.copy(real(source), real(target), options);
            faults.unforced().written(real(target), 0);
            return null;
        });
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        change(FileOperation.MOVE, target, () -> {
            real.move(real(source), real(target), options);
            faults.unforced().moved(real(source), real(target));
            return null;
        });
    }

    private void change(FileOperation operation, Path path, Faults.Operation<Void> change) throws IOException {
        if (faults.watches(real(path))) {
            faults.perform(operation, real(path), change);
        } else {
            change.run();
        }
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        return real.isSameFile(real(path), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return real.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return real.getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        real.checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return real.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return real.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return real.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        real.setAttribute(real(path), attribute, value, options);
    }
}
