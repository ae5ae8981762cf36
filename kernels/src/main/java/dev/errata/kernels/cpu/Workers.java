package dev.errata.kernels.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for work: the caller's and {@code threads - 1} of our own. Work comes as numbered tasks; which
 * thread runs a task is open, so a task's result must depend on its number alone.
 */
final class Workers implements AutoCloseable {
    /** Part of an operator. */
    interface Task {
        /**
         * @param worker 0 to threads − 1, for scratch memory
         */
        void run(int task, int worker);
    }

    private static final int TASK_BITS = 24;
    private static final int TASK_MASK = (1 << TASK_BITS) - 1;
    private static final long SPIN_NANOS = 50_000;

    /** Job number, tasks in it, next task to hand out; in one word, so that a late thread can't take a task of another job. */
    private final AtomicLong state = new AtomicLong();

    private final AtomicInteger done = new AtomicInteger();
    private final Thread[] threads;
    private volatile Task task;
    private volatile Throwable failure;
    private volatile Thread waiting;
    private volatile boolean closed;

    Workers(int count) {
        threads = new Thread[count - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] =
                    Thread.ofPlatform().daemon().name("errata-cpu-" + worker).start(() -> serve(worker));
        }
    }

    int count() {
        return threads.length + 1;
    }

    /** Tasks that cover {@code size} things, {@code chunk} each. */
    static int tasks(long size, long chunk) {
        return Math.toIntExact((size + chunk - 1) / chunk);
    }

    /** Runs tasks 0 to tasks − 1 and returns when all are done. */
    void parallelFor(int tasks, Task work) {
        if (threads.length == 0 || tasks <= 1) {
            for (int i = 0; i < tasks; i++) {
                work.run(i, 0);
            }
            return;
        }
        if (tasks > TASK_MASK) {
            throw new IllegalArgumentException(tasks + " tasks in one job");
        }
        task = work;
        done.set(0);
        long job = (state.get() >>> (2 * TASK_BITS)) + 1;
        state.set(job << (2 * TASK_BITS) | (long) tasks << TASK_BITS);
        for (int i = 0; i < Math.min(threads.length, tasks - 1); i++) {
            LockSupport.unpark(threads[i]);
        }
        drain(0);
        await(tasks);
        task = null;
        Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            throw rethrown(thrown);
        }
    }

    private void await(int tasks) {
        long start = System.nanoTime();
        while (done.get() < tasks) {
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                waiting = Thread.currentThread();
                if (done.get() < tasks) {
                    LockSupport.park(this);
                }
                waiting = null;
            }
        }
    }

    private static RuntimeException rethrown(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> new IllegalStateException(thrown);
        };
    }

    private boolean drain(int worker) {
        boolean ran = false;
        while (true) {
            long now = state.get();
            int next = (int) now & TASK_MASK;
            int tasks = (int) (now >>> TASK_BITS) & TASK_MASK;
            if (next >= tasks) {
                return ran;
            }
            if (state.compareAndSet(now, now + 1)) {
                ran = true;
                runTask(next, worker);
                if (done.incrementAndGet() == tasks) {
                    LockSupport.unpark(waiting);
                }
            }
        }
    }

    private void runTask(int index, int worker) {
        try {
            task.run(index, worker);
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void serve(int worker) {
        long idle = System.nanoTime();
        while (!closed) {
            if (drain(worker)) {
                idle = System.nanoTime();
            } else if (System.nanoTime() - idle < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                idle = System.nanoTime();
            }
        }
    }

    /** Ends the threads and waits for them. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
