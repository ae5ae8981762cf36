package dev.errata.kernels.cuda;

import dev.errata.tensor.RunFailedException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Device memory that is handed out again after it was freed. It takes slabs from the driver and cuts tensors from them:
 * the smallest free piece that is large enough is split, and a freed piece joins its free neighbours, so that sizes that
 * change from step to step don't each keep memory of their own. Since all work runs on one stream, memory that was freed
 * can be given to the next operator while the last one that reads it is still waiting to run.
 */
final class DevicePool implements AutoCloseable {
    static final int ALIGNMENT = 256;

    private final CudaDriver driver;
    private final long slabBytes;
    private final Map<Long, Long> slabs = new HashMap<>();
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private final TreeSet<Piece> free =
            new TreeSet<>(Comparator.comparingLong((Piece p) -> p.bytes).thenComparingLong(p -> p.address));
    private long reservedBytes;
    private long liveBytes;
    private long peakBytes;

    /** A part of a slab; pieces of one slab lie next to each other. */
    private static final class Piece {
        private final long slab;
        private final long address;
        private long bytes;
        private boolean isFree = true;
        private boolean isCounted;

        Piece(long slab, long address, long bytes) {
            this.slab = slab;
            this.address = address;
            this.bytes = bytes;
        }
    }

    /**
     * @param slabBytes the least that is taken from the driver at a time; 0 takes each tensor's memory by itself and gives
     *     it back when it is freed, so that a checking driver sees what runs over a tensor's end
     */
    DevicePool(CudaDriver driver, long slabBytes) {
        this.driver = driver;
        this.slabBytes = slabBytes;
    }

    /** For a tensor, or for scratch of an operator. */
    DeviceMemory allocate(long bytes) {
        return allocate(bytes, true);
    }

    /** For what the backend itself keeps from one operator to the next: no tensor's, so not counted as live. */
    DeviceMemory allocateUncounted(long bytes) {
        return allocate(bytes, false);
    }

    private synchronized DeviceMemory allocate(long bytes, boolean counted) {
        long size = rounded(bytes);
        Piece piece = slabBytes == 0 ? null : free.ceiling(new Piece(0, Long.MIN_VALUE, size));
        if (piece == null) {
            // Without slabs a tensor has exactly its own bytes.
            piece = slab(slabBytes == 0 ? Math.max(bytes, 1) : Math.max(size, slabBytes), bytes);
        }
        free.remove(piece);
        piece.isFree = false;
        if (slabBytes != 0 && piece.bytes > size) {
            Piece rest = new Piece(piece.slab, piece.address + size, piece.bytes - size);
            piece.bytes = size;
            pieces.put(rest.address, rest);
            free.add(rest);
        }
        piece.isCounted = counted;
        liveBytes += counted ? piece.bytes : 0;
        peakBytes = Math.max(peakBytes, liveBytes);
        return new DeviceMemory(piece.address, bytes);
    }

    /** Takes memory back; memory that isn't the pool's, as a part of a tensor, is left alone. */
    synchronized void free(DeviceMemory memory) {
        Piece piece = pieces.get(memory.address());
        if (piece == null || piece.isFree) {
            return;
        }
        liveBytes -= piece.isCounted ? piece.bytes : 0;
        piece.isFree = true;
        if (slabBytes == 0) {
            release(piece);
            return;
        }
        var after = pieces.higherEntry(piece.address);
        if (after != null && after.getValue().isFree && after.getValue().slab == piece.slab) {
            join(piece, after.getValue());
        }
        var before = pieces.lowerEntry(piece.address);
        if (before != null && before.getValue().isFree && before.getValue().slab == piece.slab) {
            free.remove(before.getValue());
            join(before.getValue(), piece);
            piece = before.getValue();
        }
        free.add(piece);
    }

    private void join(Piece first, Piece second) {
        free.remove(second);
        pieces.remove(second.address);
        first.bytes += second.bytes;
    }

    private Piece slab(long size, long wanted) {
        long address;
        try {
            address = driver.allocate(size);
        } catch (CudaException e) {
            if (!e.error().equals("CUDA_ERROR_OUT_OF_MEMORY")) {
                throw e;
            }
            trim();
            address = last(size, wanted, e);
        }
        slabs.put(address, size);
        reservedBytes += size;
        Piece piece = new Piece(address, address, size);
        pieces.put(address, piece);
        return piece;
    }

    /** After everything unused was given back; a slab of the tensor's own size where a whole one doesn't fit. */
    private long last(long size, long wanted, CudaException first) {
        try {
            return driver.allocate(size);
        } catch (CudaException e) {
            throw new RunFailedException(
                    "out of device memory",
                    wanted + " bytes for a tensor beside " + liveBytes + " in use of "
                            + driver.properties().memoryBytes(),
                    "use a smaller micro_batch_size or batch_size, or recompute: all",
                    first);
        }
    }

    /** Gives slabs back of which nothing is in use. */
    synchronized void trim() {
        for (Piece piece : free.toArray(Piece[]::new)) {
            if (piece.bytes == slabs.get(piece.slab)) {
                release(piece);
            }
        }
    }

    private void release(Piece piece) {
        free.remove(piece);
        pieces.remove(piece.address);
        reservedBytes -= slabs.remove(piece.slab);
        driver.free(piece.slab);
    }

    synchronized long liveBytes() {
        return liveBytes;
    }

    synchronized long peakBytes() {
        return peakBytes;
    }

    synchronized void resetPeak() {
        peakBytes = liveBytes;
    }

    /** Bytes taken from the driver. */
    synchronized long reservedBytes() {
        return reservedBytes;
    }

    @Override
    public synchronized void close() {
        slabs.keySet().forEach(driver::free);
        slabs.clear();
        pieces.clear();
        free.clear();
        liveBytes = 0;
        reservedBytes = 0;
    }

    /** What so many bytes take of a slab. */
    static long rounded(long bytes) {
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    }
}
