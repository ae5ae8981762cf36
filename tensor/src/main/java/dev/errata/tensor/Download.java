package dev.errata.tensor;

/** Elements on their way to the host. Closing one that nobody waited for gives up what it would have brought. */
public interface Download extends AutoCloseable {
    /** One that has come. */
    Download DONE = new Download() {
        @Override
        public void await() {}

        @Override
        public void close() {}
    };

    /** Returns when the host memory holds all of it; the first time only, if at all, this waits. */
    void await();

    @Override
    void close();
}
