package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.SamplingRules;
import java.util.Objects;

/** One slot's settings, keys, forbidden tokens and history, read where the operator's tensors lie. Used by one thread. */
final class SlotRules {
    private long settings;
    private long keys;
    private long forbiddenTokens;
    private int allForbidden;
    private long parts;
    private long ids;
    private long lengths;
    private int capacity;

    private double temperature;
    private int topK;
    private double topP;
    private double minP;
    private double typicalP;
    private double repetitionPenalty;
    private int noRepeatNgramSize;
    private long key;
    private long lengthAt;
    private long history;
    private int length;
    private long forbidden;
    private int forbiddenCount;

    /** Turns to the tensors of an operator. */
    void of(Op.SampleTokens op) {
        SamplingRules rules = op.rules();
        int slots = op.history().slots();
        settings = Memory.address(rules.settings(), DType.F64, (long) slots * SamplingRules.SETTINGS);
        keys = Memory.address(rules.keys(), DType.I64, (long) slots * SamplingRules.KEYS);
        allForbidden = Math.toIntExact(rules.forbidden().elements());
        forbiddenTokens = Memory.address(rules.forbidden(), DType.I32, allForbidden);
        parts = Memory.address(rules.parts(), DType.I32, 2L * slots);
        capacity = op.history().capacity();
        ids = Memory.address(op.history().ids(), DType.I32, (long) slots * capacity);
        lengths = Memory.address(op.history().lengths(), DType.I32, slots);
    }

    /** Turns to a slot of theirs. */
    void read(int slot) {
        temperature = setting(slot, SamplingRules.TEMPERATURE);
        topK = (int) setting(slot, SamplingRules.TOP_K);
        topP = setting(slot, SamplingRules.TOP_P);
        minP = setting(slot, SamplingRules.MIN_P);
        typicalP = setting(slot, SamplingRules.TYPICAL_P);
        repetitionPenalty = setting(slot, SamplingRules.REPETITION_PENALTY);
        noRepeatNgramSize = (int) setting(slot, SamplingRules.NO_REPEAT_NGRAM_SIZE);
        key = keys + (long) slot * SamplingRules.KEYS * Long.BYTES;
        lengthAt = lengths + slot * 4L;
        length = Objects.checkIndex(Memory.getInt(lengthAt), capacity + 1);
        history = ids + (long) slot * capacity * 4;
        int from = Memory.getInt(parts + slot * 8L);
        int to = Memory.getInt(parts + slot * 8L + 4);
        Objects.checkFromToIndex(from, to, allForbidden);
        forbidden = forbiddenTokens + from * 4L;
        forbiddenCount = to - from;
    }

    private double setting(int slot, int column) {
        return Memory.getDouble(settings + ((long) slot * SamplingRules.SETTINGS + column) * Double.BYTES);
    }

    boolean isGreedy() {
        return temperature == 0;
    }

    boolean needsHistory() {
        return repetitionPenalty != 1 || noRepeatNgramSize > 0;
    }

    boolean hasRoom() {
        return length < capacity;
    }

    void append(int token) {
        Memory.setInt(history + length * 4L, token);
        Memory.setInt(lengthAt, length + 1);
    }

    double temperature() {
        return temperature;
    }

    int topK() {
        return topK;
    }

    double topP() {
        return topP;
    }

    double minP() {
        return minP;
    }

    double typicalP() {
        return typicalP;
    }

    double repetitionPenalty() {
        return repetitionPenalty;
    }

    int noRepeatNgramSize() {
        return noRepeatNgramSize;
    }

    long seed() {
        return Memory.getLong(key + SamplingRules.SEED * Long.BYTES);
    }

    long stream() {
        return Memory.getLong(key + SamplingRules.STREAM * Long.BYTES);
    }

    /** Counter of the uniform number that decides. */
    long index() {
        return length - Memory.getLong(key + SamplingRules.ORIGIN * Long.BYTES);
    }

    /** How many tokens are forbidden. */
    int forbidden() {
        return forbiddenCount;
    }

    int forbidden(int i, int vocabulary) {
        return Memory.index(forbidden, i, vocabulary);
    }

    /** Tokens of the history. */
    int length() {
        return length;
    }

    int token(int i, int vocabulary) {
        return Memory.index(history, i, vocabulary);
    }

    /** Whether the {@code count} tokens before {@code end} are the last ones of the history too. */
    boolean endsLike(int end, int count) {
        for (int back = 1; back <= count; back++) {
            if (Memory.getInt(history + (end - back) * 4L) != Memory.getInt(history + (length - back) * 4L)) {
                return false;
            }
        }
        return true;
    }
}
