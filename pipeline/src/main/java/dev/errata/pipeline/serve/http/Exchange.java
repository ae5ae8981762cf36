package dev.errata.pipeline.serve.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;

/**
 * One request in hand: what was asked, and the way to answer, once, whole or as a stream of events. Belongs to the thread
 * that answers; the connection tells it when the client has gone.
 */
public final class Exchange {
    private static final String JSON = "application/json; charset=utf-8";

    private final Channel channel;
    private final RequestHead head;
    private final byte[] body;
    private final IntConsumer done;
    private final Object state = new Object();
    private Runnable onGone = () -> {};
    private boolean gone;
    private boolean begun;

    /**
     * @param done told the status when the answer is written, on the connection's thread
     */
    Exchange(Channel channel, RequestHead head, byte[] body, IntConsumer done) {
        this.channel = channel;
        this.head = head;
        this.body = body;
        this.done = done;
    }

    public RequestHead head() {
        return head;
    }

    public byte[] body() {
        return body;
    }

    /** What to do once the client has closed the connection, at once if it has already; on any thread, briefly. */
    public void onGone(Runnable action) {
        synchronized (state) {
            onGone = action;
            if (!gone) {
                return;
            }
        }
        action.run();
    }

    public boolean isGone() {
        synchronized (state) {
            return gone;
        }
    }

    /** The connection is closed. */
    void gone() {
        Runnable action;
        synchronized (state) {
            gone = true;
            action = onGone;
            state.notifyAll();
        }
        action.run();
    }

    /** The connection takes more, or less, than before. */
    void writabilityChanged() {
        synchronized (state) {
            state.notifyAll();
        }
    }

    /** Whether an answer was begun, so that no other can be given. */
    public boolean isBegun() {
        return begun;
    }

    /** Answers with JSON. */
    public void json(int status, String json) {
        reply(status, JSON, json, Map.of());
    }

    /** Answers with a text of this type. */
    public void text(String type, String text, Map<String, String> headers) {
        reply(200, type, text, headers);
    }

    /** Answers with an error. */
    public void fault(RequestFault fault) {
        reply(fault.status(), JSON, fault.json(), fault.headers());
    }

    private void reply(int status, String type, String text, Map<String, String> headers) {
        begun = true;
        finish(response(status, type, text, headers), status);
    }

    /** An answer in one piece. */
    static FullHttpResponse response(int status, String type, String text, Map<String, String> more) {
        ByteBuf content = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), content);
        setType(response.headers(), type);
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        more.forEach(response.headers()::set);
        return response;
    }

    /** An error in one piece. */
    static FullHttpResponse response(RequestFault fault) {
        return response(fault.status(), JSON, fault.json(), fault.headers());
    }

    private static void setType(HttpHeaders headers, String type) {
        headers.set(HttpHeaderNames.CONTENT_TYPE, type);
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        headers.set("X-Content-Type-Options", "nosniff");
    }

    /** Begins an answer of server-sent events. */
    public void beginEvents() {
        begun = true;
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        setType(response.headers(), "text/event-stream; charset=utf-8");
        // For proxies that would gather what should be seen at once.
        response.headers().set("X-Accel-Buffering", "no");
        response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        send(response);
    }

    /**
     * Sends one event; where the client reads slowly, waits until it has taken what was sent before.
     *
     * @param data one line
     * @param deadline by {@link System#nanoTime}
     * @return false if the client has gone or didn't read until the deadline
     */
    public boolean event(String data, long deadline) throws InterruptedException {
        synchronized (state) {
            while (!gone && !channel.isWritable()) {
                long millis = (deadline - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    return false;
                }
                state.wait(millis);
            }
            if (gone) {
                return false;
            }
        }
        send(new DefaultHttpContent(Unpooled.copiedBuffer("data: " + data + "\n\n", StandardCharsets.UTF_8)));
        return true;
    }

    /** Ends the events. */
    public void endEvents() {
        endEvents(HttpResponseStatus.OK.code());
    }

    /** Ends the events with an error: the status has gone out, but clients read one from the stream as well. */
    public void endEvents(RequestFault fault) throws InterruptedException {
        event(fault.json(), System.nanoTime());
        endEvents(fault.status());
    }

    private void endEvents(int status) {
        finish(LastHttpContent.EMPTY_LAST_CONTENT, status);
    }

    /** Writes the last of an answer; only then is the next request taken up. */
    private void finish(HttpObject last, int status) {
        onLoop(() -> {
            send(last);
            done.accept(status);
        });
    }

    private void send(HttpObject part) {
        channel.writeAndFlush(part).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void onLoop(Runnable task) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            // The server has ended, and all connections with it.
        }
    }

    /** Closes the connection amid an answer, as nothing else tells the client that it isn't whole. */
    void abort() {
        onLoop(() -> {
            ChannelFuture _ = channel.close();
            done.accept(HttpResponseStatus.INTERNAL_SERVER_ERROR.code());
        });
    }
}
