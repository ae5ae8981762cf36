package dev.errata.kernels.cpu;

import com.sun.management.ThreadMXBean;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import java.lang.management.ManagementFactory;

/**
 * What an operator allocates once the compiler is done with it. How few objects describe a call depends on what else the JVM
 * has compiled, so calls of two sizes are compared: boxes grow with the size.
 *
 * @param small bytes of a call
 * @param large bytes of one with twice the rows and columns
 * @param mostMore bytes that the larger may allocate more
 */
record Allocation(long small, long large, long mostMore) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROWS = 96;
    private static final int COLUMNS = 256;
    private static final long MOST_BYTES = 4096;
    /** Less than one box for each panel of 12 rows more, the least that is boxed: a mask is 48 bytes. */
    private static final long MOST_MORE = 256;
    /** Of attention, where each block of 48 queries may make some objects of its own. */
    private static final long MOST_MORE_OF_BLOCKS = 4096;
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
        long most = small instanceof Op.Attention || small instanceof Op.AttentionBackward
                ? MOST_MORE_OF_BLOCKS
                : MOST_MORE;
        long begin = System.nanoTime();
        for (int steady = 0; true; ) {
            Allocation allocation = new Allocation(bytes(backend, small), bytes(backend, large), most);
            steady = allocation.fault().isEmpty() ? steady + 1 : 0;
            if (steady == STEADY || System.nanoTime() - begin > PATIENCE_NANOS) {
                return allocation;
            }
        }
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
        boolean grows = large - small > mostMore || small > MOST_BYTES;
        return grows ? small + " bytes a call, " + large + " where it is twice as long and wide" : "";
    }
}
