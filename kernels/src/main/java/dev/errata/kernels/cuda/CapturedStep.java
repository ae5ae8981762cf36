package dev.errata.kernels.cuda;

import dev.errata.tensor.RepeatedStep;

/**
 * A step of decoding: the first time its operators are launched one by one, which loads their kernels, the second time
 * their launches are captured, and from then on one call of the driver replays them. What they allocate stays the graph's own.
 */
final class CapturedStep implements RepeatedStep {
    private final CudaDriver driver;
    private final long stream;
    private final DevicePool pool;
    private final Runnable operators;
    private boolean isWarm;
    private DevicePool.Region memory;
    private long graph;

    /**
     * @param operators launches them on the stream
     */
    CapturedStep(CudaDriver driver, long stream, DevicePool pool, Runnable operators) {
        this.driver = driver;
        this.stream = stream;
        this.pool = pool;
        this.operators = operators;
    }

    @Override
    public void run() {
        if (!isWarm) {
            operators.run();
            isWarm = true;
            return;
        }
        if (memory == null) {
            capture();
        }
        driver.replay(graph, stream);
    }

    private void capture() {
        DevicePool.Region region = pool.region();
        region.enter();
        driver.beginCapture(stream);
        try {
            operators.run();
        } catch (RuntimeException e) {
            abandon(e);
            throw e;
        } finally {
            region.leave();
        }
        graph = driver.endCapture(stream);
        memory = region;
    }

    /** The stream must not go on capturing; what ends it may fail for the same reason. */
    private void abandon(RuntimeException reason) {
        try {
            driver.destroyGraph(driver.endCapture(stream));
        } catch (CudaException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        if (memory != null) {
            driver.destroyGraph(graph);
            memory.close();
            memory = null;
        }
    }
}
