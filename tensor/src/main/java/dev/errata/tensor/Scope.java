package dev.errata.tensor;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The lifetime of tensors: run, step, micro-batch or layer. Closing it gives all their memory back to the backend's
 * pool. Used by one thread.
 */
public final class Scope implements AutoCloseable {
    private final String name;
    private final Backend backend;
    private final List<Storage> owned = new ArrayList<>();
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
        Storage storage = backend.allocate(bytes(tensorName, dtype, shape));
        owned.add(storage);
        return new Tensor(tensorName, dtype, shape, this, storage);
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
        Storage storage = backend.adopt(memory);
        owned.add(storage);
        return new Tensor(tensorName, dtype, Shape.of(dims), this, storage);
    }

    /** Hands a tensor of this scope over to another scope and gives the tensor to use from then on. */
    public Tensor move(Tensor tensor, Scope target) {
        Storage storage = tensor.storage();
        target.requireOpen(tensor.name());
        if (!owned.remove(storage)) {
            throw new IllegalStateException("tensor " + tensor.name() + " is not scope " + name + "'s to give");
        }
        target.owned.add(storage);
        return new Tensor(tensor.name(), tensor.dtype(), tensor.shape(), target, storage);
    }

    private static long bytes(String tensorName, DType dtype, Shape shape) {
        if (shape.elements() > Long.MAX_VALUE / dtype.bytes()) {
            throw new IllegalArgumentException("too many bytes in tensor " + tensorName + " " + shape);
        }
        return shape.elements() * dtype.bytes();
    }

    void requireOpen(String tensorName) {
        if (closed) {
            throw new IllegalStateException(
                    "tensor " + tensorName + " is used after its scope " + name + " was closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            owned.forEach(backend::free);
            owned.clear();
        }
    }
}
