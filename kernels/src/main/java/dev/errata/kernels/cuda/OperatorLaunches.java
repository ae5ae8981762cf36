package dev.errata.kernels.cuda;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.SamplingRules;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import java.lang.foreign.MemorySegment;

/** From an operator on tensors to the kernels that do it. Scratch is freed when its last reader has been launched. */
final class OperatorLaunches {
    private final CudaDriver driver;
    private final DevicePool pool;
    private final Staging staging;
    private final long stream;
    private final ElementwiseKernels elementwise;
    private final StoredOperands operands;
    private final NormKernels norm;
    private final ColumnKernels columns;
    private final RowKernels rows;
    private final LossKernels loss;
    private final OptimizerKernels optimizer;
    private final LionKernels lion;
    private final WeightLaunches weights;
    private final RopeKernels rope;
    private final ProductLaunches products;
    private final DropoutLinearLaunches dropoutLinear;
    private final AttentionLaunches attention;
    private final SamplingKernels sampling;

    OperatorLaunches(KernelLibrary library, DevicePool pool, Staging staging, long stream) {
        driver = library.driver();
        this.pool = pool;
        this.staging = staging;
        this.stream = stream;
        elementwise = new ElementwiseKernels(library);
        operands = new StoredOperands(elementwise, pool, stream);
        norm = new NormKernels(library);
        columns = new ColumnKernels(library);
        rows = new RowKernels(library);
        loss = new LossKernels(library);
        optimizer = new OptimizerKernels(library);
        lion = new LionKernels(library);
        weights = new WeightLaunches(library, pool, stream);
        rope = new RopeKernels(library);
        products = new ProductLaunches(library, pool, weights, operands, stream);
        dropoutLinear = new DropoutLinearLaunches(pool, elementwise, products, operands, stream);
        attention = new AttentionLaunches(library, pool, staging, elementwise, rows, stream);
        sampling = new SamplingKernels(library);
    }

    void run(Op op) {
        try {
            launch(op);
        } finally {
            operands.finish();
        }
    }

    /** Runs what gives operators of a decoding step. */
    void decoding(Runnable operators) {
        step(StepKind.DECODING);
        try {
            operators.run();
        } finally {
            step(StepKind.ROWS);
        }
    }

    private void step(StepKind kind) {
        products.step(kind);
        attention.step(kind);
    }

    private void launch(Op op) {
        switch (op) {
            case Op.Fill o -> {
                Precision precision = operands.common(o.x());
                elementwise.fill(precision, operands.write(o.x()), o.value(), o.x().elements(), stream);
            }
            case Op.Add o -> {
                long n = same(o, o.a(), o.b(), o.out());
                Precision precision = operands.common(o.a(), o.b(), o.out());
                elementwise.add(
                        precision, operands.read(o.a()), operands.read(o.b()), operands.write(o.out()), n, stream);
            }
            case Op.Scale o -> {
                Precision precision = operands.common(o.x());
                elementwise.scale(precision, operands.update(o.x()), o.factor(), o.x().elements(), stream);
            }
            case Op.Copy o -> copy(o);
            case Op.Embedding o -> weights.run(o);
            case Op.EmbeddingBackward o -> embeddingBackward(o);
            case Op.RmsNorm o -> norm(o);
            case Op.RmsNormBackward o -> normBackward(o);
            case Op.MatMul o -> products.run(o);
            case Op.Linear o -> products.run(o);
            case Op.LinearBackward o -> products.run(o);
            case Op.Dequantize o -> weights.run(o);
            case Op.LoraRowNorm o -> weights.run(o);
            case Op.ScaleColumns o -> scaleColumns(o, o.x(), o.out(), false);
            case Op.ScaleColumnsBackward o -> scaleColumnsBackward(o);
            case Op.AddBias o -> {
                require(o, o.bias().elements() == o.x().columns());
                columns.addBias(
                        operands.common(o.x(), o.bias()),
                        operands.update(o.x()),
                        operands.read(o.bias()),
                        o.x().rows(),
                        o.x().columns(),
                        stream);
            }
            case Op.AddBiasBackward o -> addBiasBackward(o);
            case Op.Rope o -> rotate(o);
            case Op.Attention o -> attention.forward(o);
            case Op.AttentionBackward o -> attention.backward(o);
            case Op.WriteKeyValues o -> attention.write(o);
            case Op.GatedActivation o ->
                elementwise.gated(
                        o.activation(),
                        operands.rounding(o.gate(), o.up(), o.out()),
                        operands.read(o.gate()),
                        operands.read(o.up()),
                        operands.write(o.out()),
                        same(o, o.gate(), o.up(), o.out()),
                        stream);
            case Op.GatedActivationBackward o ->
                elementwise.gatedBackward(
                        o.activation(),
                        operands.common(o.gate(), o.up(), o.dOut(), o.dGate(), o.dUp()),
                        operands.read(o.gate()),
                        operands.read(o.up()),
                        operands.read(o.dOut()),
                        operands.write(o.dGate()),
                        operands.write(o.dUp()),
                        same(o, o.gate(), o.up(), o.dOut(), o.dGate(), o.dUp()),
                        stream);
            case Op.SoftCap o -> {
                long n = same(o, o.x(), o.out());
                elementwise.softCap(
                        operands.rounding(o.x(), o.out()),
                        operands.read(o.x()),
                        o.cap(),
                        operands.write(o.out()),
                        n,
                        stream);
            }
            case Op.SoftCapBackward o -> {
                long n = same(o, o.out(), o.dOut(), o.dX());
                elementwise.softCapBackward(
                        operands.common(o.out(), o.dOut(), o.dX()),
                        operands.read(o.out()),
                        o.cap(),
                        operands.read(o.dOut()),
                        operands.write(o.dX()),
                        n,
                        stream);
            }
            case Op.SliceColumns o -> {
                requireWindow(o, o.x(), o.from(), o.out());
                rows.slice(
                        operands.common(o.x(), o.out()).dtype(),
                        operands.read(o.x()),
                        operands.write(o.out()),
                        o.out().rows(),
                        o.x().columns(),
                        o.from(),
                        o.out().columns(),
                        stream);
            }
            case Op.SliceColumnsBackward o -> {
                requireWindow(o, o.dX(), o.from(), o.dOut());
                rows.sliceBackward(
                        operands.common(o.dOut(), o.dX()).dtype(),
                        operands.read(o.dOut()),
                        operands.update(o.dX()),
                        o.dOut().rows(),
                        o.dX().columns(),
                        o.from(),
                        o.dOut().columns(),
                        stream);
            }
            case Op.GatherRows o -> {
                require(
                        o,
                        o.x().columns() == o.out().columns()
                                && o.rows().elements() == o.out().rows());
                gather(o.x(), o.rows(), o.out());
            }
            case Op.ScatterRows o -> scatter(o);
            case Op.CrossEntropy o -> crossEntropy(o);
            case Op.Dropout o ->
                elementwise.dropout(
                        operands.common(o.x(), o.out()),
                        operands.read(o.x()),
                        operands.write(o.out()),
                        new DropoutMask(o.p(), o.seed(), o.stream()),
                        same(o, o.x(), o.out()),
                        stream);
            case Op.DropoutLinear o -> dropoutLinear.run(o);
            case Op.DropoutLinearBackward o -> dropoutLinear.run(o);
            case Op.SumSquares o -> sumSquares(o);
            case Op.AdamWStep o -> adamW(o);
            case Op.AdamW8bitStep o -> adamW8bit(o);
            case Op.LionStep o -> lion(o);
            case Op.SampleTokens o -> sample(o);
            case Op.LastTokens o -> lastTokens(o);
        }
    }

    private static void requireWindow(Op op, Tensor wide, int from, Tensor narrow) {
        require(op, wide.rows() == narrow.rows() && from >= 0 && (long) from + narrow.columns() <= wide.columns());
    }

    private void copy(Op.Copy o) {
        long n = same(o, o.x(), o.out());
        long from = DeviceMemory.of(o.x());
        long to = DeviceMemory.of(o.out());
        if (o.x().dtype() != o.out().dtype()) {
            elementwise.cast(o.x().dtype(), o.out().dtype(), from, to, n, stream);
        } else if (n > 0) {
            driver.copy(from, to, o.x().bytes(), stream);
        }
    }

    private void gather(Tensor from, Tensor ids, Tensor out) {
        DType dtype = operands.common(from, out).dtype();
        rows.gather(
                dtype,
                dtype,
                operands.read(from),
                from.rows(),
                i32(ids),
                operands.write(out),
                ids.elements(),
                from.columns(),
                stream);
    }

    private void embeddingBackward(Op.EmbeddingBackward o) {
        require(
                o,
                o.dTable().columns() == o.dOut().columns()
                        && o.ids().elements() == o.dOut().rows());
        rows.embeddingBackward(
                operands.common(o.dOut()).dtype(),
                i32(o.ids()),
                operands.read(o.dOut()),
                operands.update(o.dTable()),
                o.dOut().rows(),
                o.dTable().rows(),
                o.dOut().columns(),
                stream);
    }

    private void scatter(Op.ScatterRows o) {
        require(o, o.x().columns() == o.out().columns() && o.rows().elements() == o.x().rows());
        rows.scatter(
                operands.common(o.x(), o.out()).dtype(),
                operands.read(o.x()),
                i32(o.rows()),
                operands.update(o.out()),
                o.out().rows(),
                o.accumulate(),
                o.rows().elements(),
                o.x().columns(),
                stream);
    }

    private void norm(Op.RmsNorm o) {
        long runs = runs(o, o.x(), o.weight(), o.rstd());
        same(o, o.x(), o.out());
        norm.forward(
                operands.rounding(o.x(), o.weight(), o.out()),
                operands.read(o.x()),
                operands.read(o.weight()),
                o.offset(),
                o.eps(),
                operands.write(o.out()),
                operands.write(o.rstd()),
                runs,
                Math.toIntExact(o.weight().elements()),
                stream);
    }

    private void normBackward(Op.RmsNormBackward o) {
        long runs = runs(o, o.x(), o.weight(), o.rstd());
        same(o, o.x(), o.dOut(), o.dX());
        int width = Math.toIntExact(o.weight().elements());
        Precision precision = operands.common(o.x(), o.weight(), o.dOut(), o.dX());
        if (o.dWeight() != null) {
            same(o, o.weight(), o.dWeight());
            scratch(
                    ColumnKernels.partialBytes(runs, width),
                    partial -> norm.backwardWeight(
                            precision,
                            operands.read(o.x()),
                            operands.read(o.rstd()),
                            operands.read(o.dOut()),
                            partial,
                            operands.update(o.dWeight()),
                            runs,
                            width,
                            stream));
        }
        norm.backward(
                precision,
                operands.read(o.x()),
                operands.read(o.weight()),
                o.offset(),
                operands.read(o.rstd()),
                operands.read(o.dOut()),
                operands.update(o.dX(), o.accumulate()),
                o.accumulate(),
                runs,
                width,
                stream);
    }

    /** Runs of C elements of which each has its own rstd. */
    private static long runs(Op op, Tensor x, Tensor weight, Tensor rstd) {
        long width = weight.elements();
        require(op, width > 0 && x.elements() % width == 0 && rstd.elements() == x.elements() / width);
        return rstd.elements();
    }

    private void scaleColumns(Op.ScaleColumns o, Tensor x, Tensor out, boolean accumulate) {
        same(o, x, out);
        require(o, o.magnitude().elements() == x.columns() && o.norm().elements() == x.columns());
        columns.scaleColumns(
                operands.common(x, out),
                operands.read(x),
                operands.read(o.magnitude()),
                operands.read(o.norm()),
                o.lessOne(),
                accumulate,
                operands.update(out, accumulate),
                x.rows(),
                x.columns(),
                stream);
    }

    private void scaleColumnsBackward(Op.ScaleColumnsBackward o) {
        Op.ScaleColumns forward = o.forward();
        if (o.dMagnitude() != null) {
            same(o, forward.x(), o.dOut());
            require(o, o.dMagnitude().elements() == o.dOut().columns());
            int n = o.dOut().rows();
            int width = o.dOut().columns();
            Precision precision = operands.common(o.dOut(), forward.x());
            scratch(
                    ColumnKernels.partialBytes(n, width),
                    partial -> columns.scaleColumnsBackwardMagnitude(
                            precision,
                            operands.read(o.dOut()),
                            operands.read(forward.x()),
                            operands.read(forward.norm()),
                            partial,
                            operands.update(o.dMagnitude()),
                            n,
                            width,
                            stream));
        }
        if (o.dX() != null) {
            scaleColumns(forward, o.dOut(), o.dX(), o.accumulate());
        }
    }

    private void addBiasBackward(Op.AddBiasBackward o) {
        int n = o.dOut().rows();
        int width = o.dOut().columns();
        require(o, o.dBias().elements() == width);
        Precision precision = operands.common(o.dOut());
        scratch(
                ColumnKernels.partialBytes(n, width),
                partial -> columns.addBiasBackward(
                        precision, operands.read(o.dOut()), partial, operands.update(o.dBias()), n, width, stream));
    }

    private void rotate(Op.Rope o) {
        int width = o.x().columns();
        require(
                o,
                width % o.headDim() == 0
                        && o.positions().elements() == o.x().rows()
                        && 2 * o.cos().columns() <= o.headDim()
                        && o.sin().columns() == o.cos().columns());
        boolean bf16Angles = o.cos().dtype() == DType.BF16 && o.sin().dtype() == DType.BF16;
        Precision precision = bf16Angles ? operands.rounding(o.x(), o.cos(), o.sin()) : operands.rounding(o.x());
        DType angles = bf16Angles && precision == Precision.BF16 ? DType.BF16 : DType.F32;
        rope.rotate(
                new DeviceRows(operands.update(o.x()), precision.dtype(), width),
                width / o.headDim(),
                o.headDim(),
                new RotaryTables(
                        operands.read(o.cos()),
                        operands.read(o.sin()),
                        angles,
                        o.cos().columns()),
                i32(o.positions()),
                o.x().rows(),
                o.inverse(),
                precision != Precision.F32,
                stream);
    }

    private void crossEntropy(Op.CrossEntropy o) {
        require(
                o,
                o.labels().elements() == o.logits().rows()
                        && o.losses().elements() == o.logits().rows());
        if (o.dLogits() != null) {
            same(o, o.logits(), o.dLogits());
        }
        DType dtype =
                (o.dLogits() == null ? operands.common(o.logits()) : operands.common(o.logits(), o.dLogits())).dtype();
        loss.crossEntropy(
                dtype,
                operands.read(o.logits()),
                i32(o.labels()),
                operands.write(o.losses()),
                o.dLogits() == null ? 0 : operands.write(o.dLogits()),
                o.scale(),
                o.logits().rows(),
                o.logits().columns(),
                stream);
    }

    private void sumSquares(Op.SumSquares o) {
        long n = o.x().elements();
        require(o, o.out().dtype() == DType.F64 && o.out().elements() == 1);
        scratch(
                OptimizerKernels.partialBytes(n),
                partial -> optimizer.sumSquares(
                        operands.read(o.x()), partial, DeviceMemory.of(o.out()), o.accumulate(), n, stream));
    }

    private void adamW(Op.AdamWStep o) {
        long n = same(o, o.param(), o.grad(), o.m(), o.v());
        AdamWFactors factors = AdamWFactors.of(o.lr(), o.beta1(), o.beta2(), o.eps(), o.weightDecay(), o.step());
        withScale(
                o.gradScale(),
                scale -> optimizer.adamW(
                        f32(o.param()), f32(o.grad()), f32(o.m()), f32(o.v()), 0, scale, factors, n, stream));
    }

    private void adamW8bit(Op.AdamW8bitStep o) {
        long n = same(o, o.param(), o.grad());
        AdamWFactors factors = AdamWFactors.of(o.lr(), o.beta1(), o.beta2(), o.eps(), o.weightDecay(), o.step());
        OptimizerKernels.Moment m = moment(o, o.m(), n);
        OptimizerKernels.Moment v = moment(o, o.v(), n);
        withScale(
                o.gradScale(),
                scale -> optimizer.adamW8bit(f32(o.param()), f32(o.grad()), m, v, 0, scale, factors, n, stream));
    }

    private void lion(Op.LionStep o) {
        long n = same(o, o.param(), o.grad(), o.m());
        withScale(o.gradScale(), scale -> lion.step(f32(o.param()), f32(o.grad()), f32(o.m()), scale, o, n, stream));
    }

    private static OptimizerKernels.Moment moment(Op op, Blockwise8Bit state, long n) {
        require(
                op,
                state.codes().dtype() == DType.U8
                        && state.codes().elements() == n
                        && state.absmax().elements() == Blockwise8Bit.blocks(n)
                        && state.map().elements() == Blockwise8Bit.CODES);
        return new OptimizerKernels.Moment(DeviceMemory.of(state.codes()), f32(state.absmax()), f32(state.map()));
    }

    private void sample(Op.SampleTokens o) {
        int count = Math.toIntExact(o.slots().elements());
        int vocabulary = o.logits().columns();
        require(o, o.logits().rows() == count && o.out().elements() == count);
        SamplingRules rules = o.rules();
        SamplingKernels.Rules where = new SamplingKernels.Rules(
                DeviceMemory.of(rules.settings()),
                DeviceMemory.of(rules.keys()),
                i32(rules.forbidden()),
                i32(rules.parts()));
        scratch(
                SamplingKernels.workBytes(count, vocabulary),
                work -> sampling.sample(
                        DType.F32,
                        f32(o.logits()),
                        i32(o.slots()),
                        history(o.history()),
                        where,
                        work,
                        i32(o.out()),
                        count,
                        vocabulary,
                        stream));
    }

    private void lastTokens(Op.LastTokens o) {
        int count = Math.toIntExact(o.slots().elements());
        same(o, o.slots(), o.ids(), o.positions(), o.keyLengths(), o.places());
        require(o, o.blockTable().rows() == count);
        sampling.lastTokens(
                history(o.history()),
                i32(o.slots()),
                i32(o.blockTable()),
                o.blockSize(),
                o.blockTable().columns(),
                i32(o.ids()),
                i32(o.positions()),
                i32(o.keyLengths()),
                i32(o.places()),
                count,
                stream);
    }

    private static SamplingKernels.History history(TokenHistory history) {
        return new SamplingKernels.History(
                i32(history.ids()), i32(history.lengths()), history.slots(), history.capacity());
    }

    private interface AtAddress {
        void run(long address);
    }

    /** Memory for the time of some launches; address 0 where none is asked for. */
    private void scratch(long bytes, AtAddress launches) {
        if (bytes == 0) {
            launches.run(0);
            return;
        }
        DeviceMemory memory = pool.allocate(bytes);
        try {
            launches.run(memory.address());
        } finally {
            pool.free(memory);
        }
    }

    private void withScale(float gradScale, AtAddress launches) {
        scratch(Float.BYTES, address -> {
            MemorySegment value = MemorySegment.ofArray(new float[] {gradScale});
            staging.upload(value, address);
            launches.run(address);
        });
    }

    static long f32(Tensor tensor) {
        return typed(tensor, DType.F32);
    }

    static long i32(Tensor tensor) {
        return typed(tensor, DType.I32);
    }

    private static long typed(Tensor tensor, DType dtype) {
        if (tensor.dtype() != dtype) {
            throw new IllegalArgumentException("tensor " + tensor + " is not " + dtype);
        }
        return DeviceMemory.of(tensor);
    }

    /** The number of elements that all these have. */
    static long same(Op op, Tensor first, Tensor... others) {
        for (Tensor other : others) {
            require(op, other.elements() == first.elements());
        }
        return first.elements();
    }

    static void require(Op op, boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("operands of shapes that don't go together: " + op);
        }
    }
}
