package dev.errata.tensor.meta;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BlockAllocator;
import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Op;
import dev.errata.tensor.OperatorContract;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Tensors without elements and operators without arithmetic: counts the bytes that a run would hold and take from the
 * system, by the very allocator of a real backend. A model of any size fits.
 */
public final class MetaBackend implements Backend {
    private final BlockAllocator blocks;

    private record Bytes(long address, long bytes) implements Storage {
        /** Of memory that is used where it lies. */
        static final long ADOPTED = -1;

        @Override
        public Storage slice(long offset, long part) {
            return new Bytes(ADOPTED, part);
        }
    }

    /** Slabs of addresses that nothing lies at. */
    private static final class Nowhere implements BlockAllocator.Slabs {
        private long end;

        @Override
        public long take(long bytes) {
            long address = end;
            end += bytes;
            return address;
        }

        @Override
        public void giveBack(long address, long bytes) {}
    }

    /** Counts as the host does. */
    public MetaBackend() {
        this(MemoryRules.HOST);
    }

    /**
     * @param rules of the backend to count for
     */
    public MetaBackend(MemoryRules rules) {
        this.blocks = new BlockAllocator(rules, new Nowhere());
    }

    /** What a plan is for may be multiplied so on the device itself. */
    @Override
    public boolean roundsRows() {
        return true;
    }

    @Override
    public String name() {
        return "meta";
    }

    @Override
    public Storage allocate(String what, long bytes) {
        return new Bytes(blocks.allocate(what, bytes), bytes);
    }

    @Override
    public Storage adopt(MemorySegment host) {
        return new Bytes(Bytes.ADOPTED, host.byteSize());
    }

    @Override
    public void free(Storage storage) {
        blocks.free(((Bytes) storage).address());
    }

    /** As much memory as the weight takes as it is stored; a real backend's own form takes little more. */
    @Override
    public Weight prepare(String name, Weight weight, Scope scope) {
        Tensor elements = scope.allocate(name, DType.U8, weight.bytes());
        return new Shaped(weight.out(), weight.in(), List.of(elements), weight.eightBitRows());
    }

    private record Shaped(int out, int in, List<Tensor> tensors, boolean eightBitRows) implements Weight.Prepared {}

    @Override
    public void run(Op op) {
        OperatorContract.require(op);
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {}

    @Override
    public void download(Tensor from, MemorySegment to) {
        to.fill((byte) 0);
    }

    @Override
    public long liveBytes() {
        return blocks.liveBytes();
    }

    @Override
    public long peakBytes() {
        return blocks.peakBytes();
    }

    @Override
    public void resetPeak() {
        blocks.resetPeak();
    }

    @Override
    public long reservedBytes() {
        return blocks.reservedBytes();
    }

    @Override
    public long peakReservedBytes() {
        return blocks.peakReservedBytes();
    }

    @Override
    public List<MemoryHolder> holders() {
        return blocks.holders();
    }

    @Override
    public MemoryRules memoryRules() {
        return blocks.rules();
    }

    @Override
    public void close() {}
}
