package dev.errata.kernels.cpu;

import com.sun.management.ThreadMXBean;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * What an operator allocates once the compiler is done with it: a few objects that describe a call, made by the caller, and nothing
 * else. So a call of twice the rows and columns allocates no byte more, and the other threads that compute none at all.
 *
 * @param small bytes that the caller allocates in a call
 * @param large in one with twice the rows and columns
 * @param byWorkers bytes that the backend's own threads allocate in both
 */
record Allocation(long small, long large, long byWorkers) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROWS = 96;
    private static final int COLUMNS = 256;
    private static final long MOST_BYTES = 1024;
    /** Times in a row that a call has to be without fault: compiled code is thrown away now and then. */
    private static final int STEADY = 5;

    private static final int CALLS = 3;
    /** How long the compiler is waited for: a second on a quiet machine, and longer than a busy one takes. */
    private static final long PATIENCE_NANOS = 180_000_000_000L;

    /** Prints what is wrong with an operator of {@link SizedOperators}, if something is. */
    public static void main(String[] arguments) {
        String name = arguments[0];
        boolean machine = arguments[1].equals("machine");
        try (CpuBackend backend = machine ? new CpuBackend(1) : new CpuBackend(1, null);
                Scope scope = new Scope("allocation", backend)) {
            String fault = settled(backend, new SizedOperators(), name, scope).fault();
            if (!fault.isEmpty()) {
                System.out.println(name + ": " + fault);
            }
        }
    }

    /** Once the compiler is done, or when patience ends. */
    static Allocation settled(CpuBackend backend, SizedOperators operators, String name, Scope scope) {
        Op small = operators.at(name, scope, ROWS, COLUMNS);
        Op large = operators.at(name, scope, 2 * ROWS, 2 * COLUMNS);
        long[] workers = workers();
        long begin = System.nanoTime();
        for (int steady = 0; true; ) {
            long before = byThreads(workers);
            long smallBytes = bytes(backend, small);
            long largeBytes = bytes(backend, large);
            Allocation allocation = new Allocation(smallBytes, largeBytes, byThreads(workers) - before);
            steady = allocation.fault().isEmpty() ? steady + 1 : 0;
            if (steady == STEADY || System.nanoTime() - begin > PATIENCE_NANOS) {
                return allocation;
            }
        }
    }

    /** The threads of the backends that are open. */
    private static long[] workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("errata-cpu-"))
                .mapToLong(Thread::threadId)
                .toArray();
    }

    private static long byThreads(long[] ids) {
        return Arrays.stream(THREADS.getThreadAllocatedBytes(ids)).sum();
    }

    /** Of one call, after some that show the compiler what to do. */
    private static long bytes(CpuBackend backend, Op op) {
        for (int i = 0; i < CALLS; i++) {
            backend.run(op);
        }
        long before = THREADS.getCurrentThreadAllocatedBytes();
        backend.run(op);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    /** What is wrong, or nothing. */
    String fault() {
        if (byWorkers > 0) {
            return byWorkers + " bytes by threads that compute";
        }
        boolean grows = large > small || small > MOST_BYTES;
        return grows ? small + " bytes a call, " + large + " where it is twice as long and wide" : "";
    }
}
