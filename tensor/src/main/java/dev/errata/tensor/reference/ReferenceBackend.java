package dev.errata.tensor.reference;

import dev.errata.tensor.Backend;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Op;
import dev.errata.tensor.OperatorContract;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.sampling.TokenPicker;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Runs every operator in plain scalar Java on the calling thread. */
public final class ReferenceBackend implements Backend {
    private final MemoryPool pool = new MemoryPool();

    @Override
    public boolean roundsRows() {
        return true;
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Storage allocate(String what, long bytes) {
        return pool.allocate(what, bytes);
    }

    @Override
    public Storage adopt(MemorySegment host) {
        return new HostMemory(host);
    }

    @Override
    public void free(Storage storage) {
        pool.free((HostMemory) storage);
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        HostMemory.of(to).copyFrom(from);
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        to.copyFrom(HostMemory.of(from));
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
    public void close() {
        pool.close();
    }

    @Override
    public void run(Op op) {
        OperatorContract.require(op);
        switch (op) {
            case Op.Fill o -> Elementwise.fill(o);
            case Op.Add o -> Elementwise.add(o);
            case Op.Scale o -> Elementwise.scale(o);
            case Op.Copy o -> Elementwise.copy(o);
            case Op.Embedding o -> Rows.embedding(o);
            case Op.EmbeddingBackward o -> Rows.embeddingBackward(o);
            case Op.RmsNorm o -> Norm.forward(o);
            case Op.RmsNormBackward o -> Norm.backward(o);
            case Op.MatMul o -> Products.matMul(o);
            case Op.Linear o -> Products.linear(o);
            case Op.LinearBackward o -> Products.linearBackward(o);
            case Op.Dequantize o -> Products.dequantize(o);
            case Op.LoraRowNorm o -> Magnitudes.rowNorm(o);
            case Op.ScaleColumns o -> Magnitudes.scale(o);
            case Op.ScaleColumnsBackward o -> Magnitudes.scaleBackward(o);
            case Op.AddBias o -> Rows.addBias(o);
            case Op.AddBiasBackward o -> Rows.addBiasBackward(o);
            case Op.Rope o -> Rotary.rotate(o);
            case Op.Attention o -> CausalAttention.forward(o);
            case Op.AttentionBackward o -> CausalAttention.backward(o);
            case Op.WriteKeyValues o -> KeyValueBlocks.write(o);
            case Op.GatedActivation o -> Gated.forward(o);
            case Op.GatedActivationBackward o -> Gated.backward(o);
            case Op.SoftCap o -> Elementwise.softCap(o);
            case Op.SoftCapBackward o -> Elementwise.softCapBackward(o);
            case Op.SliceColumns o -> Rows.slice(o);
            case Op.SliceColumnsBackward o -> Rows.sliceBackward(o);
            case Op.GatherRows o -> Rows.gather(o);
            case Op.ScatterRows o -> Rows.scatter(o);
            case Op.CrossEntropy o -> Losses.crossEntropy(o);
            case Op.Dropout o -> Elementwise.dropout(o);
            case Op.DropoutLinear o -> DropoutLinears.forward(o);
            case Op.DropoutLinearBackward o -> DropoutLinears.backward(o);
            case Op.SumSquares o -> Updates.sumSquares(o);
            case Op.AdamWStep o -> Updates.adamW(o);
            case Op.AdamW8bitStep o -> EightBitUpdates.adamW(o);
            case Op.LionStep o -> Updates.lion(o);
            case Op.SampleTokens o -> TokenPicker.pick(o);
            case Op.LastTokens o -> Sequences.lastTokens(o);
        }
    }
}
