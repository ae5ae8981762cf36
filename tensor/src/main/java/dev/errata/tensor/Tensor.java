package dev.errata.tensor;

/**
 * Elements of one type in one shape, row-major, in a backend's memory. Lives until its {@link Scope} closes.
 *
 * <p>Identity matters: the tape keys gradients by the tensor object.
 */
public final class Tensor {
    private final String name;
    private final DType dtype;
    private final Shape shape;
    private final Scope scope;
    private final Storage storage;

    Tensor(String name, DType dtype, Shape shape, Scope scope, Storage storage) {
        if (storage.bytes() != shape.elements() * dtype.bytes()) {
            throw new IllegalArgumentException(
                    "tensor " + name + ": " + storage.bytes() + " bytes for " + dtype + " " + shape);
        }
        this.name = name;
        this.dtype = dtype;
        this.shape = shape;
        this.scope = scope;
        this.storage = storage;
    }

    public String name() {
        return name;
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    public long elements() {
        return shape.elements();
    }

    public long bytes() {
        return storage.bytes();
    }

    public int rows() {
        return Math.toIntExact(shape.rows());
    }

    public int columns() {
        return Math.toIntExact(shape.columns());
    }

    public Scope scope() {
        return scope;
    }

    /**
     * @throws IllegalStateException if the tensor's scope is closed
     */
    public Storage storage() {
        scope.requireOpen(name);
        return storage;
    }

    /** The same elements in another shape. */
    public Tensor view(long... dims) {
        return new Tensor(name, dtype, Shape.of(dims), scope, storage());
    }

    /**
     * Part of the same memory as a tensor of its own: {@code dims} elements of a type from a byte on.
     *
     * @throws IndexOutOfBoundsException if the memory doesn't reach so far
     */
    public Tensor window(String windowName, DType type, long fromByte, long... dims) {
        Shape part = Shape.of(dims);
        return new Tensor(windowName, type, part, scope, storage().slice(fromByte, part.elements() * type.bytes()));
    }

    /** Rows {@code from} to {@code from + count} of a matrix, in the same memory. */
    public Tensor rowRange(long from, long count) {
        long width = shape.columns() * dtype.bytes();
        return new Tensor(
                name, dtype, Shape.of(count, shape.columns()), scope, storage().slice(from * width, count * width));
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + shape;
    }
}
