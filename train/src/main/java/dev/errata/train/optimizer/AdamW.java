package dev.errata.train.optimizer;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW (Loshchilov and Hutter 2019) with moments in 32 or 8 bits, paged or not, and clipping by the norm of all
 * gradients together.
 */
public final class AdamW implements AutoCloseable {
    /** Added to the norm before dividing by it, as torch's clip_grad_norm_ does. */
    private static final double CLIP_EPS = 1e-6;

    private final OptimizerConfig config;
    private final Backend backend;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Tensor squares;
    private final StateStore states;

    /**
     * @param trainable F32 tensors by the name under which they are saved
     * @param scope holds gradients and moments
     * @param pageFile where moments beyond the budget go, if the config says paged; removed when done
     */
    public AdamW(OptimizerConfig config, Map<String, Tensor> trainable, Scope scope, Path pageFile) {
        this.config = config;
        this.backend = scope.backend();
        trainable.forEach((name, value) -> parameters.add(new Parameter(
                name,
                value,
                scope.zeros("gradient of " + name, value.shape().toArray()),
                StateFormat.of(config, value.elements()))));
        this.squares = scope.allocate("squared gradient norm", DType.F64, 1);
        this.states = StateMemory.of(config, trainable.values()).paged() > 0
                ? new PagedStates(parameters, scope, PageBudget.ofMebibytes(config.pageBudgetMb()), pageFile)
                : new ResidentStates(parameters, scope, config.paged() ? Paging.NONE : null);
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    public StateStore states() {
        return states;
    }

    /** Where each trainable tensor's gradient is added up. */
    public IdentityHashMap<Tensor, Tensor> gradients() {
        IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
        parameters.forEach(parameter -> gradients.put(parameter.value(), parameter.gradient()));
        return gradients;
    }

    public void zeroGradients() {
        parameters.forEach(parameter -> backend.run(new Op.Fill(parameter.gradient(), 0)));
    }

    /** The Euclidean norm of all gradients together. */
    public double gradientNorm() {
        boolean accumulate = false;
        for (Parameter parameter : parameters) {
            backend.run(new Op.SumSquares(parameter.gradient(), squares, accumulate));
            accumulate = true;
        }
        double[] sum = new double[1];
        backend.download(squares, MemorySegment.ofArray(sum));
        return Math.sqrt(sum[0]);
    }

    /**
     * Changes all parameters.
     *
     * @param gradientNorm of the gradients, for clipping
     * @param step from 1
     */
    public void step(double rate, double gradientNorm, int step) {
        float clip =
                config.maxGradNorm() == 0 ? 1 : (float) Math.min(1, config.maxGradNorm() / (gradientNorm + CLIP_EPS));
        states.forEach(piece -> backend.run(update(piece, rate, step, clip)));
    }

    private Op update(StatePiece piece, double rate, int step, float clip) {
        return switch (piece.state()) {
            case OptimizerState.ThirtyTwoBit state ->
                new Op.AdamWStep(
                        piece.value(),
                        piece.gradient(),
                        state.m(),
                        state.v(),
                        rate,
                        config.beta1(),
                        config.beta2(),
                        config.eps(),
                        config.weightDecay(),
                        step,
                        clip);
            case OptimizerState.EightBit state ->
                new Op.AdamW8bitStep(
                        piece.value(),
                        piece.gradient(),
                        state.m(),
                        state.v(),
                        rate,
                        config.beta1(),
                        config.beta2(),
                        config.eps(),
                        config.weightDecay(),
                        step,
                        clip);
        };
    }

    /** Ends paging; the moments of paged parameters are gone. */
    @Override
    public void close() {
        states.close();
    }
}
