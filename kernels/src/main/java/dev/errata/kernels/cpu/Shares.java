package dev.errata.kernels.cpu;

/**
 * How things that lie one after another, and are read from memory, go to tasks: the larger ones first, one for each thread, then half
 * as large ones, and so on. Long runs are read faster than short ones, and short ones at the end let threads end together.
 *
 * @param count tasks
 */
record Shares(int things, int threads, int rounds, int count) {
    /** Things a thread that are not halved any more. */
    private static final int LEAST = 2;

    Shares(int things, int threads) {
        this(things, threads, rounds(things, threads));
    }

    private Shares(int things, int threads, int rounds) {
        this(things, threads, rounds, threads * (rounds + 1));
    }

    private static int rounds(int things, int threads) {
        int rounds = 0;
        while (things >> (rounds + 1) >= LEAST * threads) {
            rounds++;
        }
        return rounds;
    }

    /** The first thing of a task, or the end of the last one's. */
    int begin(int task) {
        int round = Math.min(task / threads, rounds);
        int left = things >> round;
        int taken = round < rounds ? left - (left >> 1) : left;
        return things - left + (int) ((long) taken * (task - round * threads) / threads);
    }
}
