package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.train.trace.OperatorTrail;
import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sees on a counting backend what each block of a micro-batch keeps for its gradients, and how many multiplications the
 * products of a step take.
 */
final class PlanWatch implements ForwardingBackend {
    private final Backend inner;
    private final OperatorTrail trail = new OperatorTrail();
    private final long[] kept;
    private String place = "";
    private long before;
    private int block = -1;
    private double multiplications;
    private double again;

    PlanWatch(Backend inner, int blocks) {
        this.inner = inner;
        this.kept = new long[blocks];
    }

    @Override
    public Backend inner() {
        return inner;
    }

    @Override
    public void run(Op op) {
        trail.follow(op);
        if (!trail.place().equals(place)) {
            place = trail.place();
            moved();
        }
        double here = multiplications(op);
        multiplications += here;
        again += trail.phase() == Phase.BACKWARD && isForward(op) ? here : 0;
        ForwardingBackend.super.run(op);
    }

    /** Each block begins with a norm whose output, as large for all, is there already, and so does what follows the last. */
    private void moved() {
        boolean isForward = trail.phase() == Phase.FORWARD;
        long now = liveBytes();
        if (isForward && block >= 0) {
            kept[block] = Math.max(kept[block], now - before);
        }
        block = isForward && place.startsWith("layer ") ? Integer.parseInt(place.substring("layer ".length())) : -1;
        before = now;
    }

    private static double multiplications(Op op) {
        return switch (op) {
            case Op.Linear o ->
                (double) o.x().rows() * o.weight().in() * o.weight().out();
            case Op.LinearBackward o ->
                (double) o.dOut().rows() * o.weight().in() * o.weight().out();
            case Op.DropoutLinear o -> (double) o.x().elements() * o.weight().rows();
            case Op.DropoutLinearBackward o ->
                2.0 * o.dOut().elements() * o.forward().weight().columns();
            case Op.MatMul o -> (double) o.c().elements() * (o.transposeA() ? o.a().rows() : o.a().columns());
            default -> 0;
        };
    }

    /** While gradients are found, a forward operator is one that is run again. */
    private static boolean isForward(Op op) {
        return op instanceof Op.Linear || op instanceof Op.DropoutLinear;
    }

    /** Bytes that each block keeps, its input included: the most of all micro-batches. */
    List<Long> keptByBlock() {
        List<Long> blocks = new ArrayList<>();
        Arrays.stream(kept).forEach(blocks::add);
        return blocks;
    }

    /** What running blocks again adds to the multiplications that a step takes without, as a part of those. */
    double recomputedShare() {
        return multiplications == again ? 0 : again / (multiplications - again);
    }
}
