package dev.errata.train.trace;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows the operators of training steps and says of the last one to which part of the step and of the model it belongs.
 * Weights and adapters carry the names of their layers; an operator without one belongs to the layer seen last, so backward the
 * few sums before a layer's first weight are counted to the layer above.
 */
public final class OperatorTrail {
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\.");
    private static final String EMBEDDING = "embedding";
    private static final String OUTPUT = "output layer";
    private static final String OPTIMIZER = "optimizer";

    private Phase phase = Phase.UPDATE;
    private String place = EMBEDDING;

    /** Takes the next operator. */
    public void follow(Op op) {
        follow(op, Accesses.of(op));
    }

    /**
     * The same.
     *
     * @param accesses the operator's
     */
    public void follow(Op op, Accesses accesses) {
        switch (op) {
            case Op.Embedding o -> at(Phase.FORWARD, EMBEDDING);
            case Op.EmbeddingBackward o -> at(Phase.BACKWARD, EMBEDDING);
            case Op.CrossEntropy o -> at(Phase.OUTPUT, OUTPUT);
            case Op.SumSquares o -> at(Phase.UPDATE, OPTIMIZER);
            case Op.AdamWStep o -> at(Phase.UPDATE, OPTIMIZER);
            case Op.AdamW8bitStep o -> at(Phase.UPDATE, OPTIMIZER);
            case Op.LionStep o -> at(Phase.UPDATE, OPTIMIZER);
            case Op.Linear o when isEmbedding(o.weight()) -> at(Phase.OUTPUT, OUTPUT);
            case Op.LinearBackward o when isEmbedding(o.weight()) -> at(Phase.OUTPUT, OUTPUT);
            default -> accesses.reads().forEach(this::follow);
        }
    }

    private void follow(Tensor tensor) {
        String name = tensor.name();
        Matcher layer = LAYER.matcher(name);
        if (layer.find()) {
            at(phase == Phase.OUTPUT ? Phase.BACKWARD : phase, "layer " + layer.group(1));
        } else if (name.contains("lm_head")) {
            at(Phase.OUTPUT, OUTPUT);
        } else if (name.equals("model.norm.weight")) {
            at(phase == Phase.OUTPUT ? Phase.BACKWARD : phase, "final norm");
        }
    }

    private void at(Phase nowPhase, String nowPlace) {
        phase = nowPhase;
        place = nowPlace;
    }

    /** A table that is the embedding too. */
    private static boolean isEmbedding(Weight weight) {
        return weight.tensors().stream().anyMatch(tensor -> tensor.name().contains("embed_tokens"));
    }

    public Phase phase() {
        return phase;
    }

    /** As {@code layer 3}, {@code output layer}. */
    public String place() {
        return place;
    }
}
