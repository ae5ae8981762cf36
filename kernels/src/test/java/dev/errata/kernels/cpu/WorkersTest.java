package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

    /** Each task waits for the other one, so that a thread which slept on would leave both of them waiting. */
    @Test
    void wakesThreadsThatHaveGoneToSleep() {
        Set<Thread> others = Thread.getAllStackTraces().keySet();
        try (Workers workers = new Workers(2)) {
            Set<Thread> own = new HashSet<>(Thread.getAllStackTraces().keySet());
            own.removeAll(others);
            own.removeIf(thread -> !thread.getName().equals("errata-cpu-1"));
            assertThat(own).hasSize(1);
            for (int job = 0; job < 20; job++) {
                awaitSleep(own.iterator().next());
                CountDownLatch begun = new CountDownLatch(2);
                AtomicIntegerArray met = new AtomicIntegerArray(2);
                workers.parallelFor(2, (task, worker) -> {
                    begun.countDown();
                    met.set(worker, isOver(begun) ? 1 : 0);
                });
                assertThat(met).as("job " + job).hasToString("[1, 1]");
            }
        }
    }

    private static void awaitSleep(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            LockSupport.parkNanos(100_000);
        }
    }

    private static boolean isOver(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
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
