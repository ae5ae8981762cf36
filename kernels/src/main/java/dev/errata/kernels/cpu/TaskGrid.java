package dev.errata.kernels.cpu;

/**
 * How a product of many rows goes to tasks: each takes a group of the panels of B and a share of the panels of A. The larger tasks
 * come first.
 *
 * @param groups of panels of B
 * @param shares of panels of A
 */
record TaskGrid(int panels, int rowPanels, int groups, int shares) {
    /** Panels of B at most that are a task. */
    private static final int PANELS = 8;

    private static final int TASKS_PER_THREAD = 4;

    /**
     * @param least shares at least, so that rows of a task stay in a cache
     */
    static TaskGrid of(int panels, int rowPanels, int least, int threads) {
        int wanted = TASKS_PER_THREAD * threads;
        int groups = Math.max(Math.min(panels, Math.ceilDiv(wanted, least)), panels / PANELS);
        int shares = Math.max(least, Math.clamp(wanted / groups, 1, Math.max(1, rowPanels / 4)));
        return new TaskGrid(panels, rowPanels, groups, shares);
    }

    int tasks() {
        return groups * shares;
    }

    int firstPanel(int task) {
        return start(task / shares, panels, groups);
    }

    int panelEnd(int task) {
        return start(task / shares + 1, panels, groups);
    }

    int firstRowPanel(int task) {
        return start(task % shares, rowPanels, shares);
    }

    int rowPanelEnd(int task) {
        return start(task % shares + 1, rowPanels, shares);
    }

    /** Where a share of so many things begins; the first ones have one more where they don't divide. */
    private static int start(int share, int things, int shares) {
        return share * (things / shares) + Math.min(share, things % shares);
    }
}
