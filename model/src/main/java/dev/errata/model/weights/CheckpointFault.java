package dev.errata.model.weights;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.util.Arrays;

/** What is wrong with a tensor of a checkpoint, told in the same words wherever it is found. */
final class CheckpointFault {
    private static final String REMEDY = "check that config and weights are of the same model";

    private CheckpointFault() {}

    static BadInputException missing(String name, String where) {
        return new BadInputException("tensor " + name + " is missing", where, REMEDY);
    }

    static BadInputException misshapen(String name, Shape shape, long[] wanted, String where) {
        return new BadInputException(
                "tensor " + name + " has shape " + shape + ", the config asks for " + Arrays.toString(wanted),
                where,
                REMEDY);
    }

    static BadInputException unknown(String name, String where) {
        return new BadInputException("tensor " + name + " does not belong to a model of this config", where, REMEDY);
    }

    /** Whether a tensor that no config asks for may be there: older checkpoints hold their rope frequencies. */
    static boolean isHarmless(String name) {
        return name.endsWith("rotary_emb.inv_freq");
    }
}
