package dev.errata.tensor.sampling;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.SamplingRules;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The reference backend's {@link Op.SampleTokens}: each row through a {@link TokenDistribution} of the whole vocabulary.
 */
public final class TokenPicker {
    private final Op.SampleTokens op;
    private final int vocabulary;
    private final TokenDistribution distribution;

    private TokenPicker(Op.SampleTokens op) {
        this.op = op;
        this.vocabulary = op.logits().columns();
        this.distribution = new TokenDistribution(vocabulary);
    }

    public static void pick(Op.SampleTokens op) {
        TokenPicker picker = new TokenPicker(op);
        for (int row = 0; row < op.slots().elements(); row++) {
            picker.pick(row);
        }
    }

    private void pick(int row) {
        TokenHistory history = op.history();
        int slot = Objects.checkIndex(i32(op.slots(), row), history.slots());
        int length = i32(history.lengths(), slot);
        int token = length < history.capacity() && load(row) ? choose(request(slot, length)) : NO_TOKEN;
        set(op.out(), row, token);
        if (token != NO_TOKEN) {
            set(history.ids(), (long) slot * history.capacity() + length, token);
            set(history.lengths(), slot, length + 1);
        }
    }

    /** Takes the logits of a row; false if one is NaN. */
    private boolean load(int row) {
        MemorySegment logits = HostMemory.of(op.logits());
        boolean numbers = true;
        for (int i = 0; i < vocabulary; i++) {
            float logit = logits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, ((long) row * vocabulary + i) * Float.BYTES);
            numbers &= !Float.isNaN(logit);
            distribution.scores()[i] = logit;
        }
        return numbers;
    }

    private int choose(SampleRequest request) {
        for (int token : request.forbidden()) {
            distribution.scores()[token] = Double.NEGATIVE_INFINITY;
        }
        if (request.settings().isGreedy()) {
            return distribution.largest(request.settings(), request.history());
        }
        if (distribution.compute(request.settings(), request.history()) == 0) {
            return NO_TOKEN;
        }
        return distribution.pick(Philox.uniformDouble(request.seed(), request.stream(), request.index()));
    }

    private SampleRequest request(int slot, int length) {
        SamplingRules rules = op.rules();
        SamplerSettings settings = new SamplerSettings(
                setting(slot, SamplingRules.TEMPERATURE),
                (int) setting(slot, SamplingRules.TOP_K),
                setting(slot, SamplingRules.TOP_P),
                setting(slot, SamplingRules.MIN_P),
                setting(slot, SamplingRules.TYPICAL_P),
                setting(slot, SamplingRules.REPETITION_PENALTY),
                (int) setting(slot, SamplingRules.NO_REPEAT_NGRAM_SIZE));
        int from = i32(rules.parts(), 2L * slot);
        int to = i32(rules.parts(), 2L * slot + 1);
        return new SampleRequest(
                settings,
                range(op.history().ids(), (long) slot * op.history().capacity(), length),
                range(rules.forbidden(), from, to - from),
                key(slot, SamplingRules.SEED),
                key(slot, SamplingRules.STREAM),
                length - key(slot, SamplingRules.ORIGIN));
    }

    private double setting(int slot, int column) {
        return HostMemory.of(op.rules().settings())
                .getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, (long) slot * SamplingRules.SETTINGS + column);
    }

    private long key(int slot, int column) {
        return HostMemory.of(op.rules().keys())
                .getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, (long) slot * SamplingRules.KEYS + column);
    }

    private static int[] range(Tensor ids, long from, int count) {
        int[] range = new int[count];
        for (int i = 0; i < count; i++) {
            range[i] = i32(ids, from + i);
        }
        return range;
    }

    private static int i32(Tensor tensor, long i) {
        return HostMemory.of(tensor).getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
    }

    private static void set(Tensor tensor, long i, int value) {
        HostMemory.of(tensor).setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, value);
    }
}
