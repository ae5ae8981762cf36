package dev.errata.tensor;

/**
 * Elements of one type in one shape, row-major, in a backend's memory. Lives until its {@link Scope} closes, or frees it.
 *
 * <p>Identity matters: the tape keys gradients by the tensor object.
 */
public final class Tensor {
    private final String name;
    private final DType dtype;
    private final Shape shape;
    private final Allocation allocation;
    private final long offset;
    private final long bytes;
    private Part part;

    /** A slice that was cut from an allocation's storage, to be cut once as long as that storage lasts. */
    private record Part(int generation, Storage slice) {}

    /**
     * @param offset the byte of the allocation at which the elements begin
     * @param bytes those of the elements, as a check
     */
    Tensor(String name, DType dtype, Shape shape, Allocation allocation, long offset, long bytes) {
        if (bytes != shape.elements() * dtype.bytes()) {
            throw new IllegalArgumentException("tensor " + name + ": " + bytes + " bytes for " + dtype + " " + shape);
        }
        if (offset < 0 || offset + bytes > allocation.bytes()) {
            throw new IndexOutOfBoundsException("tensor " + name + ": bytes " + offset + " to " + (offset + bytes)
                    + " of " + allocation.bytes() + " of " + allocation.name());
        }
        this.name = name;
        this.dtype = dtype;
        this.shape = shape;
        this.allocation = allocation;
        this.offset = offset;
        this.bytes = bytes;
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
        return bytes;
    }

    public int rows() {
        return Math.toIntExact(shape.rows());
    }

    public int columns() {
        return Math.toIntExact(shape.columns());
    }

    public Scope scope() {
        return allocation.owner();
    }

    /** The memory that this lies in, whole or in part. */
    public Allocation allocation() {
        return allocation;
    }

    /**
     * @throws IllegalStateException if the tensor's scope is closed or it was freed
     */
    public Storage storage() {
        Storage whole = allocation.storage(name);
        if (offset == 0 && bytes == allocation.bytes()) {
            return whole;
        }
        Part known = part;
        if (known == null || known.generation() != allocation.generation()) {
            known = new Part(allocation.generation(), whole.slice(offset, bytes));
            part = known;
        }
        return known.slice();
    }

    /** The same elements in another shape. */
    public Tensor view(long... dims) {
        storage();
        return new Tensor(name, dtype, Shape.of(dims), allocation, offset, bytes);
    }

    /**
     * Part of the same memory as a tensor of its own: {@code dims} elements of a type from a byte on.
     *
     * @throws IndexOutOfBoundsException if the tensor doesn't reach so far
     */
    public Tensor window(String windowName, DType type, long fromByte, long... dims) {
        return part(windowName, type, Shape.of(dims), fromByte);
    }

    /** Rows {@code from} to {@code from + count} of a matrix, in the same memory. */
    public Tensor rowRange(long from, long count) {
        return part(name, dtype, Shape.of(count, shape.columns()), from * shape.columns() * dtype.bytes());
    }

    private Tensor part(String partName, DType type, Shape of, long from) {
        storage();
        long length = of.elements() * type.bytes();
        if (from < 0 || from + length > bytes) {
            throw new IndexOutOfBoundsException(
                    partName + ": bytes " + from + " to " + (from + length) + " of tensor " + name + ", of " + bytes);
        }
        return new Tensor(partName, type, of, allocation, offset + from, length);
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + shape;
    }
}
