package dev.errata.bench.replay;

import dev.errata.bench.trace.TracedTraining;
import dev.errata.train.StepRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * The same step of two trainings, each in a thread of its own, output beside output, so that neither's values are held for
 * longer than it takes to compare them. Both models are in memory.
 */
final class Lockstep implements AutoCloseable {
    private static final long LOOK_MILLIS = 50;
    /** Outputs of the second step among which a partner is looked for. */
    private static final int AHEAD = 8;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final Side first;
    private final Side second;

    /** One of the two. */
    private static final class Side {
        private final SynchronousQueue<OperatorOutput> outputs = new SynchronousQueue<>();
        private Future<StepRecord> step;

        void begin(TracedTraining training, int number, ExecutorService threads) {
            step = threads.submit(() -> training.before(number, OutputWatch::new, backend -> {}, (ready, backend) -> {
                backend.watch(this::hand);
                return ready.step(number);
            }));
        }

        private void hand(OperatorOutput output) {
            try {
                outputs.put(output);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the comparison has ended", e);
            }
        }

        /** The next output; null when the step is done. */
        OperatorOutput next() throws InterruptedException {
            while (true) {
                OperatorOutput output = outputs.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (output != null) {
                    return output;
                }
                if (step.isDone()) {
                    result();
                    return null;
                }
            }
        }

        StepRecord result() throws InterruptedException {
            try {
                return step.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException("a step failed", e.getCause());
            }
        }
    }

    Lockstep(TracedTraining one, TracedTraining other, int step) {
        first = new Side();
        second = new Side();
        first.begin(one, step, threads);
        second.begin(other, step, threads);
    }

    /** Two outputs of the same operator; the second is null where the other step has no partner of the first. */
    interface Look {
        void at(OperatorOutput first, OperatorOutput second);
    }

    /**
     * Goes through both steps. Where types differ, one step has operators that the other hasn't, as casts: the partner of an
     * output is the first that matches among the next few.
     */
    void run(Look look) throws InterruptedException {
        Deque<OperatorOutput> coming = new ArrayDeque<>();
        try {
            for (OperatorOutput one = first.next(); one != null; one = first.next()) {
                try (OperatorOutput a = one) {
                    if (find(a, coming)) {
                        try (OperatorOutput b = coming.remove()) {
                            look.at(a, b);
                        }
                    } else {
                        look.at(a, null);
                    }
                }
            }
            for (OperatorOutput left = second.next(); left != null; left = second.next()) {
                left.close();
            }
        } finally {
            coming.forEach(OperatorOutput::close);
        }
    }

    /** Whether a partner comes; it is then the next one. */
    private boolean find(OperatorOutput output, Deque<OperatorOutput> coming) throws InterruptedException {
        int before = 0;
        for (OperatorOutput each : coming) {
            if (output.matches(each)) {
                drop(before, coming);
                return true;
            }
            before++;
        }
        while (coming.size() < AHEAD) {
            OperatorOutput next = second.next();
            if (next == null) {
                return false;
            }
            coming.add(next);
            if (output.matches(next)) {
                drop(coming.size() - 1, coming);
                return true;
            }
        }
        return false;
    }

    private static void drop(int count, Deque<OperatorOutput> coming) {
        for (int i = 0; i < count; i++) {
            coming.remove().close();
        }
    }

    StepRecord firstStep() throws InterruptedException {
        return first.result();
    }

    StepRecord secondStep() throws InterruptedException {
        return second.result();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
