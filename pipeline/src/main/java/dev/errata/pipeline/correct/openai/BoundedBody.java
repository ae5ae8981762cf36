package dev.errata.pipeline.correct.openai;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** Takes a response's body up to a bound; a longer one is given up without being held in memory. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final int bound;
    private final boolean tooLongAsTold;
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.Subscription subscription;

    private BoundedBody(int bound, boolean tooLongAsTold) {
        this.bound = bound;
        this.tooLongAsTold = tooLongAsTold;
    }

    /** A handler of bodies of at most {@code bound} bytes. */
    static HttpResponse.BodyHandler<byte[]> of(int bound) {
        return response -> new BoundedBody(
                bound, response.headers().firstValueAsLong("Content-Length").orElse(0) > bound);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (tooLongAsTold) {
            giveUp();
        } else {
            given.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            if (whole.isDone()) {
                return;
            }
            if (bytes.size() + part.remaining() > bound) {
                giveUp();
                return;
            }
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            bytes.writeBytes(copy);
        }
    }

    private void giveUp() {
        whole.completeExceptionally(new IOException("a body above " + (bound >> 20) + " MB"));
        subscription.cancel();
    }

    @Override
    public void onError(Throwable failure) {
        whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        whole.complete(bytes.toByteArray());
    }
}
