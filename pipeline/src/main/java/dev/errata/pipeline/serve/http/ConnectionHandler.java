package dev.errata.pipeline.serve.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.FullHttpRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Hands the requests of a connection to their handlers, one after another, each on a virtual thread. It reads on while one is
 * answered: that is how it sees that the client has gone. Who sends further requests meanwhile waits, and isn't watched.
 */
final class ConnectionHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = System.getLogger(ConnectionHandler.class.getName());

    private final Router router;
    private final RequestGate gate;
    private final Deque<Received> waiting = new ArrayDeque<>();
    private Exchange current;

    private record Received(RequestHead head, byte[] body) {}

    ConnectionHandler(Router router, RequestGate gate) {
        this.router = router;
        this.gate = gate;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            ChannelFuture _ = context.close();
            return;
        }
        waiting.add(new Received(RequestHead.of(request), ByteBufUtil.getBytes(request.content())));
        if (current == null) {
            next(context);
        } else {
            context.channel().config().setAutoRead(false);
        }
    }

    private void next(ChannelHandlerContext context) {
        Received received = waiting.poll();
        if (received == null) {
            context.channel().config().setAutoRead(true);
            return;
        }
        long begun = System.nanoTime();
        Exchange exchange = new Exchange(context.channel(), received.head(), received.body(), status -> {
            router.answered(received.head(), status, System.nanoTime() - begun);
            whenAnswered(context);
        });
        current = exchange;
        Thread.ofVirtual().name("request").start(() -> answer(exchange));
    }

    private void answer(Exchange exchange) {
        try {
            router.route(exchange.head()).answer(exchange);
        } catch (RequestFault e) {
            fail(exchange, e);
        } catch (InterruptedException e) {
            exchange.abort();
        } catch (RuntimeException | Error e) {
            LOG.log(Logger.Level.ERROR, "a request failed: " + e);
            fail(exchange, RequestFault.internal("the server failed at this request"));
        }
    }

    private static void fail(Exchange exchange, RequestFault fault) {
        if (exchange.isBegun()) {
            exchange.abort();
        } else {
            exchange.fault(fault);
        }
    }

    private void whenAnswered(ChannelHandlerContext context) {
        current = null;
        gate.answered();
        next(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        waiting.clear();
        if (current != null) {
            current.gone();
        }
        context.fireChannelInactive();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (current != null) {
            current.writabilityChanged();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // Clients close when they like, amid a request too.
        if (!(cause instanceof IOException || cause instanceof CodecException)) {
            LOG.log(Logger.Level.WARNING, "a connection failed: " + cause);
        }
        ChannelFuture _ = context.close();
    }
}
