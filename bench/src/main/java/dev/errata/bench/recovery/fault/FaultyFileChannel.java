package dev.errata.bench.recovery.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A file that is written to and may fail. */
final class FaultyFileChannel extends FileChannel {
    private final FileChannel real;
    private final Path file;
    private final Faults faults;
    private final boolean appends;

    FaultyFileChannel(FileChannel real, Path file, Faults faults, boolean appends) {
        this.real = real;
        this.file = file;
        this.faults = faults;
        this.appends = appends;
        faults.opened(real);
    }

    /** A call of the real channel with a buffer. */
    private interface Call {
        int run(ByteBuffer bytes) throws IOException;
    }

    private int write(ByteBuffer bytes, long position, Call call) throws IOException {
        return faults.write(file, position, bytes.remaining(), most -> {
            ByteBuffer some = bytes.duplicate().limit(bytes.position() + most);
            int done = call.run(some);
            bytes.position(some.position());
            return done;
        });
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        return write(bytes, appends ? real.size() : real.position(), real::write);
    }

    @Override
    public int write(ByteBuffer bytes, long position) throws IOException {
        return write(bytes, position, some -> real.write(some, position));
    }

    @Override
    public long write(ByteBuffer[] buffers, int from, int count) throws IOException {
        for (int i = from; i < from + count; i++) {
            if (buffers[i].hasRemaining()) {
                return write(buffers[i]);
            }
        }
        return 0;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        faults.perform(FileOperation.CUT, file, () -> real.truncate(size));
        return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
        faults.perform(FileOperation.FORCE, file, () -> {
            real.force(metadata);
            faults.unforced().forced(file);
            return null;
        });
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        return real.read(bytes);
    }

    @Override
    public int read(ByteBuffer bytes, long position) throws IOException {
        return real.read(bytes, position);
    }

    @Override
    public long read(ByteBuffer[] buffers, int from, int count) throws IOException {
        return real.read(buffers, from, count);
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        real.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return real.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        source.read(bytes);
        return write(bytes.flip(), position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return real.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long position, long size, Arena arena) throws IOException {
        return real.map(mode, position, size, arena);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return real.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return real.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        faults.closed(real);
        real.close();
    }
}
