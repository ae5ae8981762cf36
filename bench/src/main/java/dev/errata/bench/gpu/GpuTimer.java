package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.kernels.cuda.CudaDriver;

/**
 * Times work on a device by its own events. Each sample covers as many runs as take some milliseconds, so that the
 * events' resolution and the gap before the first launch don't count; the run's index lets inputs take turns, so that a
 * cache doesn't serve what memory should.
 */
final class GpuTimer implements AutoCloseable {
    private static final double SAMPLE_MILLISECONDS = 4;
    private static final int MOST_RUNS = 2_000;
    private static final int SAMPLES = 15;

    private final CudaDriver driver;
    private final boolean once;
    private final long stream;
    private final long start;
    private final long end;

    /** Work that is given to the stream without waiting. */
    interface Work {
        void run(int index);
    }

    /**
     * @param once whether work is done once only, where its time tells nothing: on the simulator
     */
    GpuTimer(CudaDriver driver, long stream, boolean once) {
        this.driver = driver;
        this.once = once;
        this.stream = stream;
        start = driver.createEvent();
        end = driver.createEvent();
    }

    /** Milliseconds of one run, over the samples. */
    Spread time(Work work) {
        if (once) {
            return Spread.of(sample(work, 0, 1));
        }
        sample(work, 0, 2);
        double single = Math.max(1e-4, sample(work, 0, 3));
        int runs = (int) Math.clamp(Math.ceil(SAMPLE_MILLISECONDS / single), 1, MOST_RUNS);
        double[] times = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            times[i] = sample(work, i * runs, runs);
        }
        return Spread.of(times);
    }

    private double sample(Work work, int first, int runs) {
        driver.record(start, stream);
        for (int i = 0; i < runs; i++) {
            work.run(first + i);
        }
        driver.record(end, stream);
        driver.synchronizeEvent(end);
        return driver.milliseconds(start, end) / runs;
    }

    @Override
    public void close() {
        driver.destroyEvent(start);
        driver.destroyEvent(end);
    }
}
