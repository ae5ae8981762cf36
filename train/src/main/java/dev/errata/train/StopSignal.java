package dev.errata.train;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Tells the work that SIGINT or SIGTERM came.
 *
 * <p>The signal starts the shutdown of the virtual machine, whose hook raises the flag and then waits until the work has
 * finished its step or batch and saved. After that the machine ends with 130 or 143 by itself.
 */
public final class StopSignal {
    /** Long enough for a step, short enough for a service manager. */
    private static final long WAIT_SECONDS = 25;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile long waitSeconds = WAIT_SECONDS;

    /** A signal that nothing raises but {@link #request()}. */
    public StopSignal() {}

    /** One that the end of the virtual machine raises; {@link #finished()} has to be called when the work is over. */
    public static StopSignal ofThisProcess() {
        StopSignal signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(new Thread(signal::stopAndWait, "stop-signal"));
        return signal;
    }

    private void stopAndWait() {
        requested.countDown();
        try {
            boolean inTime = finished.await(waitSeconds, TimeUnit.SECONDS);
            if (!inTime) {
                System.err.println("errata: stopped before the work was saved, run the same command again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How long the process may go on after a signal, where a step of its work takes longer than others' do. */
    public void waitAtMost(long seconds) {
        waitSeconds = seconds;
    }

    /** Raises the flag. */
    public void request() {
        requested.countDown();
    }

    /** Whether the work should stop at the next place where it can be continued. */
    public boolean requested() {
        return requested.getCount() == 0;
    }

    /** Ends the work with {@link StoppedException} if it should stop; call it between steps or batches. */
    public void check() {
        if (requested()) {
            throw new StoppedException();
        }
    }

    /** Sleeps, but no longer than until the flag is raised. Returns true when it was. */
    public boolean sleep(long milliseconds) throws InterruptedException {
        return requested.await(milliseconds, TimeUnit.MILLISECONDS);
    }

    /** Waits until the flag is raised. */
    public void await() throws InterruptedException {
        requested.await();
    }

    /** The work is over, saved or done: the process may end. */
    public void finished() {
        finished.countDown();
    }
}
