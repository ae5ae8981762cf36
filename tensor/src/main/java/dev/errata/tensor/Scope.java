package dev.errata.tensor;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The lifetime of tensors: run, step, micro-batch or layer. Closing it gives all their memory back to the backend's
 * pool; single ones may be freed before. Used by one thread.
 */
public final class Scope implements AutoCloseable {
    private final String name;
    private final Backend backend;
    /** What is live, in the order in which it came, so that memory is given back in the same order in every run. */
    private final Set<Allocation> owned = new LinkedHashSet<>();

    private boolean closed;

    public Scope(String name, Backend backend) {
        this.name = name;
        this.backend = backend;
    }

    public Backend backend() {
        return backend;
    }

    /** A tensor with undefined elements. */
    public Tensor allocate(String tensorName, DType dtype, long... dims) {
        requireOpen(tensorName);
        Shape shape = Shape.of(dims);
        Storage storage = backend.allocate(tensorName, bytes(tensorName, dtype, shape));
        return owned(tensorName, dtype, shape, storage);
    }

    private Tensor owned(String tensorName, DType dtype, Shape shape, Storage storage) {
        Allocation allocation = new Allocation(tensorName, storage, this);
        owned.add(allocation);
        return new Tensor(tensorName, dtype, shape, allocation, 0, allocation.bytes());
    }

    /** An F32 tensor with undefined elements. */
    public Tensor f32(String tensorName, long... dims) {
        return allocate(tensorName, DType.F32, dims);
    }

    /** An F32 tensor of zeros. */
    public Tensor zeros(String tensorName, long... dims) {
        Tensor tensor = f32(tensorName, dims);
        backend.run(new Op.Fill(tensor, 0f));
        return tensor;
    }

    /** An I32 tensor with these elements. */
    public Tensor ids(String tensorName, int[] values) {
        Tensor tensor = allocate(tensorName, DType.I32, values.length);
        backend.upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    /** An F32 tensor with these elements. */
    public Tensor floats(String tensorName, float[] values, long... dims) {
        Tensor tensor = f32(tensorName, dims);
        backend.upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    /**
     * A tensor over host memory, as of a mapped file, which must outlive this scope. Backends on the host use it in
     * place; others copy it.
     */
    public Tensor over(String tensorName, DType dtype, MemorySegment memory, long... dims) {
        requireOpen(tensorName);
        return owned(tensorName, dtype, Shape.of(dims), backend.adopt(memory));
    }

    /** Hands the memory of a tensor of this scope over to another scope, for all tensors that lie in it. */
    public Tensor move(Tensor tensor, Scope target) {
        target.requireOpen(tensor.name());
        move(tensor.allocation(), target);
        return tensor;
    }

    /**
     * The same for memory alone.
     *
     * @throws IllegalStateException if it isn't this scope's
     */
    public void move(Allocation allocation, Scope target) {
        target.requireOpen(allocation.name());
        if (!owned.remove(allocation)) {
            throw new IllegalStateException("tensor " + allocation.name() + " is not scope " + name + "'s to give");
        }
        allocation.own(target);
        target.owned.add(allocation);
    }

    /** What is live here, in the order in which it was allocated. */
    public List<Allocation> allocations() {
        return List.copyOf(owned);
    }

    /**
     * Gives memory of this scope back before the scope ends. Tensors that lie in it are errors from then on.
     *
     * @throws IllegalStateException if it isn't this scope's
     */
    public void free(Allocation allocation) {
        if (!owned.remove(allocation)) {
            throw new IllegalStateException("tensor " + allocation.name() + " is not scope " + name + "'s to free");
        }
        backend.free(allocation.end("it was freed in scope " + name));
    }

    /**
     * Memory for what was freed here, so that its tensors can be used again; their elements are undefined.
     *
     * @throws IllegalStateException if it is live, or was another scope's
     */
    public void restore(Allocation allocation) {
        requireOpen(allocation.name());
        if (allocation.isLive() || allocation.owner() != this) {
            throw new IllegalStateException("tensor " + allocation.name() + " is not scope " + name + "'s to restore");
        }
        allocation.begin(backend.allocate(allocation.name(), allocation.bytes()));
        owned.add(allocation);
    }

    private static long bytes(String tensorName, DType dtype, Shape shape) {
        if (shape.elements() > Long.MAX_VALUE / dtype.bytes()) {
            throw new IllegalArgumentException("too many bytes in tensor " + tensorName + " " + shape);
        }
        return shape.elements() * dtype.bytes();
    }

    private void requireOpen(String tensorName) {
        if (closed) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " is used after its scope " + name + " was closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            owned.forEach(allocation -> backend.free(allocation.end("its scope " + name + " was closed")));
            owned.clear();
        }
    }
}
