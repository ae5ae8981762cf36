package dev.errata.pipeline.serve.http;

/** Finds who answers a request, and hears how it was answered. */
public interface Router {
    /** Answers one request, on a thread of its own. */
    @FunctionalInterface
    interface Handler {
        /**
         * @throws RequestFault which becomes the answer, as long as none was begun
         * @throws InterruptedException if the client went away meanwhile
         */
        void answer(Exchange exchange) throws InterruptedException;
    }

    /**
     * Called before the body is read, so that nobody sends one in vain.
     *
     * @throws RequestFault if the request is refused
     */
    Handler route(RequestHead head);

    /**
     * A request was answered, or its client has gone; on its connection's thread.
     *
     * @param nanos since it was there whole; 0 where it never was
     */
    void answered(RequestHead head, int status, long nanos);
}
