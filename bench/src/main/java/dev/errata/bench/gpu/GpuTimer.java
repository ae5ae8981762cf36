package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.CudaDriver;
import java.util.Arrays;

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
    private final long stream;
    private final long start;
    private final long end;

    /** Work that is given to the stream without waiting. */
    interface Work {
        void run(int index);
    }

    /** Milliseconds of one run: median, least and most over the samples. */
    record Time(double median, double least, double most) {}

    GpuTimer(CudaDriver driver, long stream) {
        this.driver = driver;
        this.stream = stream;
        start = driver.createEvent();
        end = driver.createEvent();
    }

    Time time(Work work) {
        sample(work, 0, 2);
        double once = Math.max(1e-4, sample(work, 0, 3));
        int runs = (int) Math.clamp(Math.ceil(SAMPLE_MILLISECONDS / once), 1, MOST_RUNS);
        double[] times = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            times[i] = sample(work, i * runs, runs);
        }
        Arrays.sort(times);
        return new Time(times[SAMPLES / 2], times[0], times[SAMPLES - 1]);
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
