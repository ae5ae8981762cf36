package dev.errata.train.optimizer;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** AdamW (Loshchilov and Hutter 2019) with 32-bit states, and clipping by the norm of all gradients together. */
public final class AdamW {
    /** Added to the norm before dividing by it, as torch's clip_grad_norm_ does. */
    private static final double CLIP_EPS = 1e-6;

    private final OptimizerConfig config;
    private final Backend backend;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Tensor squares;

    /**
     * @param trainable F32 tensors by the name under which they are saved
     * @param scope holds gradients and moments
     */
    public AdamW(OptimizerConfig config, Map<String, Tensor> trainable, Scope scope) {
        this.config = config;
        this.backend = scope.backend();
        trainable.forEach((name, value) -> {
            long[] dims = value.shape().toArray();
            parameters.add(new Parameter(
                    name,
                    value,
                    scope.zeros("gradient of " + name, dims),
                    scope.zeros("first moment of " + name, dims),
                    scope.zeros("second moment of " + name, dims)));
        });
        this.squares = scope.allocate("squared gradient norm", DType.F64, 1);
    }

    public List<Parameter> parameters() {
        return parameters;
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
        for (Parameter p : parameters) {
            backend.run(new Op.AdamWStep(
                    p.value(),
                    p.gradient(),
                    p.m(),
                    p.v(),
                    rate,
                    config.beta1(),
                    config.beta2(),
                    config.eps(),
                    config.weightDecay(),
                    step,
                    clip));
        }
    }
}
