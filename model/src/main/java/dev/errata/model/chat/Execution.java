package dev.errata.model.chat;

import java.util.List;
import java.util.Map;

/** One run of a template: where it is, and how much work it may still do, so that no template runs on forever. */
final class Execution {
    private static final long MAX_STEPS = 20_000_000;
    private static final int MAX_DEPTH = 400;
    private static final int CHARACTERS_PER_STEP = 8;

    private long steps;
    private int depth;
    private int line = 1;

    int line() {
        return line;
    }

    /** Says which line the work that follows belongs to. */
    void at(int newLine) {
        line = newLine;
        charge(1);
    }

    void charge(long work) {
        steps += work;
        if (steps > MAX_STEPS) {
            throw new TemplateFailure("more than " + MAX_STEPS + " steps");
        }
    }

    /** Counts a text that the template makes, before it is made. */
    void chargeText(long characters) {
        charge(1 + characters / CHARACTERS_PER_STEP);
    }

    /** Counts looking through a value once: a text's characters or a list's elements, not what these hold. */
    void chargeFor(Object value) {
        switch (value) {
            case String text -> chargeText(text.length());
            case List<?> list -> charge(1 + list.size() / CHARACTERS_PER_STEP);
            case Map<?, ?> map -> charge(1 + map.size() / CHARACTERS_PER_STEP);
            case null, default -> charge(1);
        }
    }

    /**
     * Counts a value with all that it holds, as hashing and comparing do, and returns it. A list that holds another one
     * twice counts it twice, so a few steps can make a value that takes longer than the world lasts.
     */
    Object hashed(Object value) {
        enter();
        chargeFor(value);
        if (value instanceof List<?> list) {
            list.forEach(this::hashed);
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, element) -> {
                hashed(key);
                hashed(element);
            });
        }
        leave();
        return value;
    }

    void enter() {
        charge(1);
        if (++depth > MAX_DEPTH) {
            throw new TemplateFailure("calls or expressions nested more than " + MAX_DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
