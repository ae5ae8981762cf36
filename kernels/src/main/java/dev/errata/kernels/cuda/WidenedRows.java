package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** F32 forms of an operator's BF16 tensors, in scratch memory that is freed when the last reader has been launched. */
final class WidenedRows implements AutoCloseable {
    private final DevicePool pool;
    private final ElementwiseKernels elementwise;
    private final long stream;
    private final List<DeviceMemory> scratch = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();

    private record Output(Tensor tensor, long address) {}

    WidenedRows(DevicePool pool, ElementwiseKernels elementwise, long stream) {
        this.pool = pool;
        this.elementwise = elementwise;
        this.stream = stream;
    }

    /** The tensor, widened if it isn't F32. */
    DeviceRows read(Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            return new DeviceRows(DeviceMemory.of(tensor), DType.F32, tensor.columns());
        }
        DeviceRows rows = room(tensor);
        if (tensor.elements() > 0) {
            elementwise.cast(
                    tensor.dtype(), DType.F32, DeviceMemory.of(tensor), rows.address(), tensor.elements(), stream);
        }
        return rows;
    }

    /** The tensor to be written into, maybe in part: its elements in F32, which {@link #store} narrows again. */
    DeviceRows changed(Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            return read(tensor);
        }
        return output(tensor, read(tensor));
    }

    /** The tensor to be written into, zeros where no kernel writes. */
    DeviceRows written(Tensor tensor) {
        if (tensor.dtype() == DType.F32) {
            return read(tensor);
        }
        DeviceRows rows = room(tensor);
        elementwise.fill(Precision.F32, rows.address(), 0, tensor.elements(), stream);
        return output(tensor, rows);
    }

    private DeviceRows output(Tensor tensor, DeviceRows rows) {
        outputs.add(new Output(tensor, rows.address()));
        return rows;
    }

    private DeviceRows room(Tensor tensor) {
        DeviceMemory memory = pool.allocate(tensor.elements() * Float.BYTES);
        scratch.add(memory);
        return new DeviceRows(memory.address(), DType.F32, tensor.columns());
    }

    /** Writes what was computed in F32 into the tensors. */
    void store() {
        for (Output output : outputs) {
            long elements = output.tensor().elements();
            if (elements > 0) {
                elementwise.cast(
                        DType.F32,
                        output.tensor().dtype(),
                        output.address(),
                        DeviceMemory.of(output.tensor()),
                        elements,
                        stream);
            }
        }
    }

    @Override
    public void close() {
        scratch.forEach(pool::free);
    }
}
