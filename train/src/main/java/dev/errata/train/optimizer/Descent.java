package dev.errata.train.optimizer;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostPages;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Takes trained values down their gradients: the norm of all gradients together, clipping by it, and an optimizer's update.
 * Values, gradients and state lie in a buffer each, so that every one of these is a few operators, however many tensors
 * there are.
 */
public final class Descent implements AutoCloseable {
    /** Added to the norm before dividing by it, as torch's clip_grad_norm_ does. */
    private static final double CLIP_EPS = 1e-6;

    private final double maxGradNorm;
    private final Backend backend;
    private final FlatTensors gradients;
    private final List<Parameter> parameters;
    private final Optimizer.Rule rule;
    private final Tensor squares;
    private final StateStore states;

    /**
     * @param scope holds gradients and state
     * @param pageFile where state beyond the budget goes, if the config says paged and the backend has no host's memory beside
     *     its own; removed when done. Null for a plan, in which no step is made
     */
    public Descent(OptimizerConfig config, FlatTensors values, Scope scope, Path pageFile) {
        this.maxGradNorm = config.maxGradNorm();
        this.backend = scope.backend();
        this.gradients = FlatTensors.gradients(values.layout(), scope);
        this.rule = Optimizer.of(config).in(scope);
        this.squares = scope.allocate("squared gradient norm", DType.F64, 1);
        this.parameters = Parameter.of(values, gradients);
        List<ParameterRun> runs = ParameterRun.of(values, gradients);
        this.states =
                StateMemory.of(config, values.layout(), backend.memoryRules()).paged() > 0
                        ? paged(runs, scope, PageBudget.ofMebibytes(config.pageBudgetMb()), pageFile)
                        : new ResidentStates(runs, scope, config.paged() ? Paging.NONE : null);
    }

    /** Beside a device the host's memory is where pages go; else a file is. */
    private static StateStore paged(List<ParameterRun> runs, Scope scope, PageBudget budget, Path pageFile) {
        PageLayout layout = PageLayout.of(runs, budget);
        if (!scope.backend().hasHostPages()) {
            return new PagedStates(runs, scope, budget, layout, pageFile);
        }
        HostPages host = pageFile == null ? null : scope.backend().hostPages(layout.fileBytes());
        return new PinnedStates(runs, scope, budget, layout, host);
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
        backend.run(new Op.Fill(gradients.buffer(), 0));
    }

    /** The Euclidean norm of all gradients together, its squares summed in an order that the layout fixes. */
    public double gradientNorm() {
        backend.run(new Op.SumSquares(gradients.buffer(), squares, false));
        double[] sum = new double[1];
        backend.download(squares, MemorySegment.ofArray(sum));
        return Math.sqrt(sum[0]);
    }

    /**
     * Changes all values.
     *
     * @param gradientNorm of the gradients, for clipping
     * @param step from 1
     */
    public void step(double rate, double gradientNorm, int step) {
        float clip = maxGradNorm == 0 ? 1 : (float) Math.min(1, maxGradNorm / (gradientNorm + CLIP_EPS));
        UpdateStep update = new UpdateStep(step, rate, clip);
        states.forEach(piece -> backend.run(rule.update(piece, update)));
    }

    /** Ends paging; the state of paged values is gone. */
    @Override
    public void close() {
        states.close();
    }
}
