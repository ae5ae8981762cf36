package dev.errata.bench.gpu;

import dev.errata.bench.ops.OperatorWork;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the time of each kind of operator on the device without waiting for any: an event behind each operator, read when
 * the step is over. An operator's time runs from the end of the one before it, so the gaps in which the device waits for
 * the host count for what comes after them, and all times together are the step's.
 */
final class OperatorTimes implements ForwardingBackend {
    private final CudaBackend inner;
    private final CudaDriver driver;
    private final List<Mark> marks = new ArrayList<>();
    private boolean watches;

    private record Mark(String name, double operations, long event) {}

    /**
     * What one kind of operator took.
     *
     * @param share of the time from the first operator to the last
     * @param teraflops a second; null where it multiplies nothing
     */
    record Row(String name, double milliseconds, double share, int calls, Double teraflops) {}

    OperatorTimes(CudaBackend inner, CudaDriver driver) {
        this.inner = inner;
        this.driver = driver;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    void watch() {
        watches = true;
        mark("begin", 0);
    }

    /** Waits for all operators and tells their times, the longest first. */
    List<Row> seen() {
        watches = false;
        driver.synchronize(inner.stream());
        double all =
                driver.milliseconds(marks.getFirst().event(), marks.getLast().event());
        Map<String, Row> rows = new LinkedHashMap<>();
        for (int i = 1; i < marks.size(); i++) {
            Mark mark = marks.get(i);
            double time = driver.milliseconds(marks.get(i - 1).event(), mark.event());
            // Operations are added up in the place of teraflops until all calls are known.
            rows.merge(
                    mark.name(),
                    new Row(mark.name(), time, 0, 1, mark.operations()),
                    (a, b) -> new Row(
                            a.name(),
                            a.milliseconds() + b.milliseconds(),
                            0,
                            a.calls() + b.calls(),
                            a.teraflops() + b.teraflops()));
        }
        marks.forEach(mark -> driver.destroyEvent(mark.event()));
        marks.clear();
        return rows.values().stream()
                .map(row -> new Row(
                        row.name(),
                        row.milliseconds(),
                        row.milliseconds() / all,
                        row.calls(),
                        row.teraflops() == 0 ? null : row.teraflops() / row.milliseconds() / 1e9))
                .sorted(Comparator.comparingDouble(Row::milliseconds).reversed())
                .toList();
    }

    private void mark(String name, double operations) {
        if (watches) {
            long event = driver.createEvent();
            driver.record(event, inner.stream());
            marks.add(new Mark(name, operations, event));
        }
    }

    @Override
    public void run(Op op) {
        inner.run(op);
        mark(name(op), OperatorWork.ofProduct(op));
    }

    /** Products with frozen weights, with adapters and with the output layer apart. */
    private static String name(Op op) {
        String kind = op.getClass().getSimpleName();
        return switch (op) {
            case Op.Linear linear -> kind + ", " + weight(linear.weight());
            case Op.LinearBackward linear -> kind + ", " + weight(linear.weight());
            case Op.MatMul product -> kind + ", " + types(product.a(), product.b());
            default -> kind;
        };
    }

    private static String weight(Weight weight) {
        return switch (weight) {
            case Weight.FourBit packed -> "4-bit weight";
            case Weight.Dense(Tensor tensor) -> tensor.dtype() == DType.F32 ? "adapter" : "dense weight";
            case Weight.Ggml blocks -> "GGML weight";
            case Weight.Prepared prepared -> "prepared weight";
        };
    }

    private static String types(Tensor a, Tensor b) {
        return a.dtype() + " by " + b.dtype();
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        inner.upload(from, to);
        mark("upload", 0);
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        inner.download(from, to);
        mark("download", 0);
    }

    /** The backend below stays open: it is another's. */
    @Override
    public void close() {
        marks.forEach(mark -> driver.destroyEvent(mark.event()));
        marks.clear();
    }
}
