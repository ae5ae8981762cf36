package dev.errata.model.chat;

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
