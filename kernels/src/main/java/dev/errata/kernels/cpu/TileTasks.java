package dev.errata.kernels.cpu;

/** How a product whose tiles are machine code goes to workers: few rows by panels alone, many by a {@link TaskGrid}. */
final class TileTasks {
    private TileTasks() {}

    /** A part of the product. */
    @FunctionalInterface
    interface Body {
        /** Multiplies these panels, and rows from one to before another, on a worker. */
        void multiply(int panel, int panelEnd, int row, int rowEnd, Scratch mine);
    }

    /**
     * @param tile rows of a tile
     * @param cached rows of a task at most, so that they stay in a cache
     */
    static void run(int panels, int rows, int tile, int cached, Workers workers, Scratch[] scratch, Body body) {
        if (rows <= tile) {
            Shares shares = new Shares(panels, workers.count());
            workers.parallelFor(
                    shares.count(),
                    (task, worker) ->
                            body.multiply(shares.begin(task), shares.begin(task + 1), 0, rows, scratch[worker]));
            return;
        }
        TaskGrid grid = TaskGrid.of(panels, Math.ceilDiv(rows, tile), Math.ceilDiv(rows, cached), workers.count());
        workers.parallelFor(
                grid.tasks(),
                (task, worker) -> body.multiply(
                        grid.firstPanel(task),
                        grid.panelEnd(task),
                        grid.firstRowPanel(task) * tile,
                        Math.min(rows, grid.rowPanelEnd(task) * tile),
                        scratch[worker]));
    }
}
