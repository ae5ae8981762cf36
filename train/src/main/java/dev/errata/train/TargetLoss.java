package dev.errata.train;

import dev.errata.model.decoder.AdapterRuns;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.autograd.Tape;
import dev.errata.train.data.Example;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The loss over the target tokens of packed examples, and its gradients. The output layer sees only the places whose
 * next token is a target, a bounded number of logits at a time, so the whole [N, V] never exists.
 */
public final class TargetLoss {
    /** Logits that are held at a time: so many, or those of so many rows where the vocabulary is large. */
    private static final int LOGITS = 1 << 23;

    private static final int LEAST_ROWS = 512;

    private final Decoder decoder;
    private final Backend backend;

    public TargetLoss(Decoder decoder) {
        this(decoder, decoder.backend());
    }

    /**
     * @param backend the decoder's own, or one that watches what it runs there
     */
    TargetLoss(Decoder decoder, Backend backend) {
        this.decoder = decoder;
        this.backend = backend;
    }

    /**
     * Adds the gradients of (sum of losses) · scale and returns the sum of losses.
     *
     * @param gradients for each trainable tensor where its gradient is added
     * @param scale 1 / target tokens of the whole step
     * @param recomputedBlocks how many of the first blocks are run again instead of keeping their activations
     */
    public double addGradients(
            List<Example> examples,
            float scale,
            IdentityHashMap<Tensor, Tensor> gradients,
            Dropouts dropouts,
            int recomputedBlocks) {
        int targets = examples.stream().mapToInt(Example::targets).sum();
        try (StepLosses losses = new StepLosses(backend, targets)) {
            addGradients(examples, scale, gradients, dropouts, recomputedBlocks, losses);
            return losses.sum();
        }
    }

    /**
     * The same for one micro-batch of several. Nothing is waited for.
     *
     * @param all gets the losses
     */
    void addGradients(
            List<Example> examples,
            float scale,
            IdentityHashMap<Tensor, Tensor> gradients,
            Dropouts dropouts,
            int recomputedBlocks,
            StepLosses all) {
        Packed packed = Packed.of(examples);
        if (packed.labels().length == 0) {
            return;
        }
        Tensor losses = all.next(packed.labels().length);
        try (Scope scope = new Scope("micro-batch", backend)) {
            Tape tape = new Tape(gradients);
            Ops ops = new Ops(scope, tape);
            Tensor hidden = decoder.forward(ops, batch(packed, scope, dropouts, recomputedBlocks));
            Tensor ends = ops.gatherRows(hidden, scope.ids("target rows", packed.targetRows()));
            ops.release(hidden);
            Tensor dEnds = scope.allocate("d target rows", ends.dtype(), ends.rows(), ends.columns());
            Tensor labels = scope.ids("labels", packed.labels());
            if (decoder.outputLayer().lora() == null) {
                outputLayer(ends, labels, losses, dEnds, scale, gradients);
            } else {
                adaptedOutputLayer(ends, labels, losses, dEnds, scale, gradients, dropouts);
            }
            tape.backward(ends, dEnds, scope);
        }
    }

    /** The sum of losses alone, without dropout; no more is held than the activations of one block. */
    public double sum(List<Example> examples) {
        Packed packed = Packed.of(examples);
        if (packed.labels().length == 0) {
            return 0;
        }
        try (StepLosses all = new StepLosses(backend, packed.labels().length);
                Scope scope = new Scope("validation", backend)) {
            Ops ops = new Ops(scope, null);
            Tensor hidden = decoder.forward(ops, batch(packed, scope, null, 0));
            Tensor ends = ops.gatherRows(hidden, scope.ids("target rows", packed.targetRows()));
            ops.release(hidden);
            Tensor losses = all.next(ends.rows());
            Tensor labels = scope.ids("labels", packed.labels());
            int rows = rowsAtATime();
            for (int from = 0; from < ends.rows(); from += rows) {
                int count = Math.min(rows, ends.rows() - from);
                try (Scope chunk = new Scope("output layer", backend)) {
                    Tensor logits = decoder.logits(new Ops(chunk, null), ends.rowRange(from, count), null);
                    backend.run(new Op.CrossEntropy(
                            logits,
                            labels.view(ends.rows(), 1).rowRange(from, count),
                            losses.rowRange(from, count),
                            null,
                            1));
                }
            }
            return all.sum();
        }
    }

    private int rowsAtATime() {
        return Math.max(LEAST_ROWS, LOGITS / decoder.config().vocabSize());
    }

    private TokenBatch batch(Packed packed, Scope scope, Dropouts dropouts, int recomputedBlocks) {
        return new TokenBatch(
                scope.ids("ids", packed.ids()),
                decoder.angles(scope, packed.positions(), packed.lengths(), packed.spans()),
                Segments.packed(scope, packed.lengths()),
                null,
                null,
                AdapterRuns.NONE,
                dropouts,
                recomputedBlocks);
    }

    /** The same for an output layer with an adapter, whose operators are recorded a chunk at a time. */
    private void adaptedOutputLayer(
            Tensor ends,
            Tensor labels,
            Tensor losses,
            Tensor dEnds,
            float scale,
            IdentityHashMap<Tensor, Tensor> gradients,
            Dropouts dropouts) {
        backend.run(new Op.Fill(dEnds, 0));
        int rows = rowsAtATime();
        for (int from = 0; from < ends.rows(); from += rows) {
            int count = Math.min(rows, ends.rows() - from);
            try (Scope chunk = new Scope("output layer", backend)) {
                Tensor x = ends.rowRange(from, count);
                IdentityHashMap<Tensor, Tensor> wanted = new IdentityHashMap<>(gradients);
                wanted.put(x, dEnds.rowRange(from, count));
                Tape tape = new Tape(wanted);
                Dropouts masks = dropouts == null ? null : dropouts.from(from);
                Tensor logits = decoder.logits(new Ops(chunk, tape), x, masks);
                Tensor dLogits = gradientOf(logits, chunk);
                backend.run(new Op.CrossEntropy(
                        logits,
                        labels.view(ends.rows(), 1).rowRange(from, count),
                        losses.rowRange(from, count),
                        dLogits,
                        scale));
                tape.backward(logits, dLogits, chunk);
            }
        }
    }

    /** Where the gradient of logits goes: in their place, unless a soft cap's rule reads them. */
    private Tensor gradientOf(Tensor logits, Scope chunk) {
        return decoder.config().softCaps().logits() == 0
                ? logits
                : chunk.allocate("d logits", logits.dtype(), logits.rows(), logits.columns());
    }

    private void outputLayer(
            Tensor ends,
            Tensor labels,
            Tensor losses,
            Tensor dEnds,
            float scale,
            IdentityHashMap<Tensor, Tensor> gradients) {
        Weight head = decoder.outputLayer().weight();
        Tensor dHead = head instanceof Weight.Dense(Tensor trained) ? gradients.get(trained) : null;
        int rows = rowsAtATime();
        for (int from = 0; from < ends.rows(); from += rows) {
            int count = Math.min(rows, ends.rows() - from);
            try (Scope chunk = new Scope("output layer", backend)) {
                Tensor x = ends.rowRange(from, count);
                Tensor logits = decoder.logits(new Ops(chunk, null), x, null);
                float cap = decoder.config().softCaps().logits();
                Tensor dLogits = gradientOf(logits, chunk);
                backend.run(new Op.CrossEntropy(
                        logits,
                        labels.view(ends.rows(), 1).rowRange(from, count),
                        losses.rowRange(from, count),
                        dLogits,
                        scale));
                if (cap > 0) {
                    backend.run(new Op.SoftCapBackward(logits, cap, dLogits, dLogits));
                }
                backend.run(new Op.LinearBackward(dLogits, head, dEnds.rowRange(from, count), false));
                if (dHead != null) {
                    backend.run(new Op.MatMul(dLogits, x, dHead, true, false, 1, true));
                }
            }
        }
    }

    /** Several examples one after another; the last token of each predicts nothing and is left out. */
    private record Packed(int[] ids, int[] positions, int[] lengths, int[] targetRows, int[] labels, int[] spans) {
        static Packed of(List<Example> examples) {
            int[] lengths = examples.stream()
                    .mapToInt(example -> example.ids().length - 1)
                    .toArray();
            int total = 0;
            int targets = 0;
            int[] spans = new int[lengths.length];
            for (int i = 0; i < lengths.length; i++) {
                total += lengths[i];
                targets += examples.get(i).targets();
                spans[i] = examples.get(i).span();
            }
            int[] ids = new int[total];
            int[] positions = new int[total];
            int[] targetRows = new int[targets];
            int[] labels = new int[targets];
            int row = 0;
            int target = 0;
            for (int i = 0; i < lengths.length; i++) {
                Example example = examples.get(i);
                for (int t = 0; t < lengths[i]; t++) {
                    ids[row] = example.ids()[t];
                    positions[row] = example.positions()[t];
                    if (example.labels()[t + 1] >= 0) {
                        targetRows[target] = row;
                        labels[target++] = example.labels()[t + 1];
                    }
                    row++;
                }
            }
            return new Packed(ids, positions, lengths, targetRows, labels, spans);
        }
    }
}
