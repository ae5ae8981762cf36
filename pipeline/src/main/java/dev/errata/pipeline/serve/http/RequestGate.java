package dev.errata.pipeline.serve.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Looks at requests before their bodies are read, and at how long they take to come. One that is refused gets its answer at
 * once; the rest of it is read for a moment and thrown away, as a client that is still sending would not see an answer
 * before a reset.
 */
final class RequestGate extends ChannelInboundHandlerAdapter {
    private static final int LINGER_SECONDS = 2;

    private final Router router;
    private final HttpLimits limits;
    private ChannelHandlerContext context;
    private Future<?> timer;
    private int inHand;
    /** The request that is coming; null between requests. */
    private RequestHead receiving;

    private boolean refused;

    RequestGate(Router router, HttpLimits limits) {
        this.router = router;
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        expectRequest();
        active.fireChannelActive();
    }

    /** A request was answered. */
    void answered() {
        inHand--;
        if (inHand == 0) {
            expectRequest();
        }
    }

    /** From now on the next request must be there in time. */
    private void expectRequest() {
        stopTimer();
        timer = context.channel().eventLoop().schedule(this::late, limits.receiveSeconds(), TimeUnit.SECONDS);
    }

    private void late() {
        if (receiving != null && !refused) {
            refuse(RequestFault.tooSlow(limits.receiveSeconds()));
        } else {
            ChannelFuture _ = context.close();
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            if (message instanceof LastHttpContent) {
                ChannelFuture _ = context.close();
            }
            return;
        }
        if (message instanceof HttpRequest request) {
            receiving = RequestHead.of(request);
            RequestFault fault = fault(request);
            if (fault != null) {
                refuse(fault);
                if (message instanceof LastHttpContent) {
                    ChannelFuture _ = context.close();
                }
                ReferenceCountUtil.release(message);
                return;
            }
        }
        if (message instanceof LastHttpContent) {
            stopTimer();
            from.fireChannelRead(message);
            inHand += refused ? 0 : 1;
            receiving = null;
            return;
        }
        from.fireChannelRead(message);
    }

    private RequestFault fault(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return RequestFault.invalid(null, "malformed_request", "this is no HTTP request that can be read");
        }
        try {
            router.route(receiving);
        } catch (RequestFault e) {
            return e;
        }
        boolean tooLarge;
        try {
            tooLarge = HttpUtil.getContentLength(request, 0L) > limits.bodyBytes();
        } catch (NumberFormatException e) {
            return RequestFault.invalid(null, "malformed_request", "Content-Length is no number");
        }
        return tooLarge ? RequestFault.tooLarge(limits.bodyBytes()) : null;
    }

    /** Answers with an error and ends the connection; amid the answer to an earlier request it only ends. */
    void refuse(RequestFault fault) {
        refused = true;
        stopTimer();
        if (inHand > 0) {
            ChannelFuture _ = context.close();
            return;
        }
        if (receiving != null) {
            router.answered(receiving, fault.status(), 0);
        }
        FullHttpResponse response = Exchange.response(fault);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        timer = context.channel().eventLoop().schedule(this::late, LINGER_SECONDS, TimeUnit.SECONDS);
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }
}
