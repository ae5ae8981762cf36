package dev.errata.pipeline.demo;

/** Which problems are frequent. */
public enum Mix {
    /** The demo's task: 2 to 4 steps, every building block common. */
    TASK(0, 40, 80),
    /** The broader, easier mix of pretraining: 1 to 4 steps, all arithmetic in abundance, some building blocks rare. */
    PRETRAIN(34, 67, 88);

    private final int one;
    private final int upToTwo;
    private final int upToThree;

    /** Percent of problems with one step, with up to two, with up to three; the others have four. */
    Mix(int one, int upToTwo, int upToThree) {
        this.one = one;
        this.upToTwo = upToTwo;
        this.upToThree = upToThree;
    }

    /** A number of steps, from 1 to 4, as frequent as in this mix. */
    int steps(Draw draw) {
        int percent = draw.below(100);
        if (percent < one) {
            return 1;
        }
        return percent < upToTwo ? 2 : percent < upToThree ? 3 : 4;
    }

    /** {@code task} in the task's mix, {@code pretrain} in pretraining's. */
    int weight(int task, int pretrain) {
        return this == TASK ? task : pretrain;
    }
}
