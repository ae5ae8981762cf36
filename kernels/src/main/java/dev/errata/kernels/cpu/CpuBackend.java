package dev.errata.kernels.cpu;

import dev.errata.tensor.Backend;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Op;
import dev.errata.tensor.OperatorContract;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/**
 * Runs operators with the Vector API on threads of its own. Results don't depend on the number of threads. Sums and
 * exponentials are rounded otherwise than the reference backend's.
 */
public final class CpuBackend implements Backend {
    private final MemoryPool pool = new MemoryPool();
    private final MemoryPool workRoom = new MemoryPool();
    private final Workers workers;
    private final Scratch[] scratch;
    /** Null where there is no machine code. */
    private final MachineKernels machine;

    private final Gemm gemm;
    private final DropoutProducts dropoutProducts;
    private final PanelPreparation preparation;
    private final AttentionKernel attention;
    private final AttentionGradient attentionGradient;
    private final CacheWriter cacheWriter;
    private final Elementwise elementwise;
    private final Norm norm;
    private final Magnitudes magnitudes;
    private final Rows rows;
    private final Rotary rotary;
    private final Losses losses;
    private final Updates updates;
    private final EightBitUpdates eightBitUpdates;
    private final LionUpdates lionUpdates;
    private final Sampling sampling;

    /**
     * @param threads threads that compute, the caller's included, at least 1
     */
    public CpuBackend(int threads) {
        this(threads, MachineKernels.open().orElse(null));
    }

    /**
     * @param machine functions of machine code, closed with the backend; or null
     */
    CpuBackend(int threads, MachineKernels machine) {
        this.machine = machine;
        workers = new Workers(threads);
        scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch(workRoom, machine);
        }
        gemm = new Gemm(workers, scratch, workRoom, machine);
        dropoutProducts = new DropoutProducts(workers, scratch, gemm, workRoom);
        preparation = new PanelPreparation(workers, scratch, workRoom, machine);
        Bf16Attention bf16Attention = Bf16Attention.of(machine);
        attention = new AttentionKernel(workers, scratch, bf16Attention);
        attentionGradient = new AttentionGradient(workers, scratch, bf16Attention);
        cacheWriter = new CacheWriter(workers, scratch);
        elementwise = new Elementwise(workers, scratch);
        norm = new Norm(workers, scratch);
        magnitudes = new Magnitudes(workers, scratch);
        rows = new Rows(workers, scratch);
        rotary = new Rotary(workers, scratch);
        losses = new Losses(workers, scratch);
        updates = new Updates(workers, scratch);
        eightBitUpdates = new EightBitUpdates(workers, scratch);
        lionUpdates = new LionUpdates(workers);
        sampling = new Sampling(workers, scratch);
    }

    @Override
    public boolean roundsRows() {
        return true;
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Storage allocate(String what, long bytes) {
        return pool.allocate(what, bytes);
    }

    /** Uses native and mapped memory in place, and copies heap memory, which has no lasting address. */
    @Override
    public Storage adopt(MemorySegment host) {
        if (host.isNative()) {
            return new HostMemory(host);
        }
        HostMemory copy = pool.allocate("adopted", host.byteSize());
        copy.segment().copyFrom(host);
        return copy;
    }

    @Override
    public void free(Storage storage) {
        pool.free((HostMemory) storage);
    }

    @Override
    public synchronized void upload(MemorySegment from, Tensor to) {
        HostMemory.of(to).copyFrom(from);
    }

    @Override
    public synchronized void download(Tensor from, MemorySegment to) {
        to.copyFrom(HostMemory.of(from));
    }

    @Override
    public synchronized Weight prepare(String weightName, Weight weight, Scope scope) {
        try {
            return preparation.prepare(weightName, weight, scope);
        } finally {
            Reference.reachabilityFence(weight);
        }
    }

    @Override
    public long liveBytes() {
        return pool.liveBytes();
    }

    @Override
    public long peakBytes() {
        return pool.peakBytes();
    }

    @Override
    public void resetPeak() {
        pool.resetPeak();
    }

    @Override
    public long reservedBytes() {
        return pool.reservedBytes();
    }

    @Override
    public long peakReservedBytes() {
        return pool.peakReservedBytes();
    }

    @Override
    public List<MemoryHolder> holders() {
        return pool.holders();
    }

    @Override
    public MemoryRules memoryRules() {
        return pool.rules();
    }

    @Override
    public synchronized void close() {
        workers.close();
        if (machine != null) {
            machine.close();
        }
        workRoom.close();
        pool.close();
    }

    /**
     * @throws IllegalArgumentException if a tensor is too small for what the operator says, or has another type
     * @throws IndexOutOfBoundsException if an id, label, row or position is out of range
     * @throws IllegalStateException if the backend is closed and has machine code
     */
    @Override
    public synchronized void run(Op op) {
        requireOpen();
        OperatorContract.require(op);
        try {
            dispatch(op);
        } finally {
            Reference.reachabilityFence(op);
        }
    }

    @Override
    public synchronized void runTogether(List<Op.Linear> layers) {
        requireOpen();
        layers.forEach(OperatorContract::require);
        try {
            gemm.run(layers);
        } finally {
            Reference.reachabilityFence(layers);
        }
    }

    /** Functions of machine code are gone with the backend: a call after that would end the process. */
    private void requireOpen() {
        if (machine != null) {
            machine.requireOpen();
        }
    }

    private void dispatch(Op op) {
        switch (op) {
            case Op.Fill o -> elementwise.fill(o);
            case Op.Add o -> elementwise.add(o);
            case Op.Scale o -> elementwise.scale(o);
            case Op.Copy o -> elementwise.copy(o);
            case Op.Embedding o -> rows.embedding(o);
            case Op.EmbeddingBackward o -> rows.embeddingBackward(o);
            case Op.RmsNorm o -> norm.forward(o);
            case Op.RmsNormBackward o -> norm.backward(o);
            case Op.MatMul o -> gemm.run(o);
            case Op.Linear o -> gemm.run(o);
            case Op.LinearBackward o -> gemm.run(o);
            case Op.Dequantize o -> rows.dequantize(o);
            case Op.LoraRowNorm o -> magnitudes.rowNorm(o);
            case Op.ScaleColumns o -> magnitudes.scale(o);
            case Op.ScaleColumnsBackward o -> magnitudes.scaleBackward(o);
            case Op.AddBias o -> rows.addBias(o);
            case Op.AddBiasBackward o -> rows.addBiasBackward(o);
            case Op.Rope o -> rotary.rotate(o);
            case Op.Attention o -> attention.forward(o);
            case Op.AttentionBackward o -> attentionGradient.run(o);
            case Op.WriteKeyValues o -> cacheWriter.run(o);
            case Op.GatedActivation o -> elementwise.gated(o);
            case Op.GatedActivationBackward o -> elementwise.gatedBackward(o);
            case Op.SoftCap o -> elementwise.softCap(o);
            case Op.SoftCapBackward o -> elementwise.softCapBackward(o);
            case Op.SliceColumns o -> rows.slice(o);
            case Op.SliceColumnsBackward o -> rows.sliceBackward(o);
            case Op.GatherRows o -> rows.gather(o);
            case Op.ScatterRows o -> rows.scatter(o);
            case Op.CrossEntropy o -> losses.crossEntropy(o);
            case Op.Dropout o -> elementwise.dropout(o);
            case Op.DropoutLinear o -> dropoutProducts.forward(o);
            case Op.DropoutLinearBackward o -> dropoutProducts.backward(o);
            case Op.SumSquares o -> updates.sumSquares(o);
            case Op.AdamWStep o -> updates.adamW(o);
            case Op.AdamW8bitStep o -> eightBitUpdates.adamW(o);
            case Op.LionStep o -> lionUpdates.run(o);
            case Op.SampleTokens o -> sampling.run(o);
            case Op.LastTokens o -> LastTokens.run(o);
        }
    }
}
