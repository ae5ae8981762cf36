package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class WorkersTest {
    @Test
    void runsEveryTaskOnceInEachOfManyJobs() {
        try (Workers workers = new Workers(3)) {
            for (int job = 0; job < 2000; job++) {
                int tasks = job % 17;
                AtomicIntegerArray runs = new AtomicIntegerArray(Math.max(1, tasks));
                workers.parallelFor(tasks, (task, worker) -> runs.incrementAndGet(task));
                for (int i = 0; i < tasks; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void wakesThreadsThatHaveGoneToSleep() {
        try (Workers workers = new Workers(2)) {
            for (int job = 0; job < 20; job++) {
                LockSupport.parkNanos(1_000_000);
                AtomicIntegerArray runs = new AtomicIntegerArray(2);
                workers.parallelFor(8, (task, worker) -> runs.incrementAndGet(worker));
                assertThat(runs.get(0) + runs.get(1)).isEqualTo(8);
            }
        }
    }

    @Test
    void givesATasksFailureToTheCallerAndGoesOn() {
        try (Workers workers = new Workers(2)) {
            assertThatThrownBy(() -> workers.parallelFor(9, (task, worker) -> {
                        if (task == 5) {
                            throw new IndexOutOfBoundsException("task 5");
                        }
                    }))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            AtomicIntegerArray runs = new AtomicIntegerArray(4);
            workers.parallelFor(4, (task, worker) -> runs.incrementAndGet(task));
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1]");
        }
    }
}
