package dev.errata.pipeline.serve.http;

import dev.errata.tensor.BadInputException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A socket that is listened on, its connections, and the one thread that serves them all. */
public final class WebServer implements AutoCloseable {
    private static final int FLUSH_SECONDS = 5;

    private final Router router;
    private final HttpLimits limits;
    private final EventLoopGroup loop;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel listening;

    /**
     * Begins to listen.
     *
     * @throws BadInputException if the address can't be had
     */
    public WebServer(InetSocketAddress address, Router router, HttpLimits limits) {
        this.router = router;
        this.limits = limits;
        loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
        var bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 512)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connect(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
            throw new BadInputException(
                    "this address can't be listened on, " + bound.cause().getMessage(),
                    address.getHostString() + " port " + address.getPort(),
                    "give another --host or --port, or --port 0 for any that is free");
        }
        listening = bound.channel();
    }

    /** The port that is listened on. */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private void connect(Channel channel) {
        if (connections.size() >= limits.connections()) {
            ChannelFuture _ = channel.close();
            return;
        }
        connections.add(channel);
        RequestGate gate = new RequestGate(router, limits);
        channel.pipeline()
                .addLast(new HttpServerCodec())
                .addLast(gate)
                .addLast(new HttpServerKeepAliveHandler())
                .addLast(new HttpObjectAggregator(limits.bodyBytes()) {
                    @Override
                    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
                        gate.refuse(RequestFault.tooLarge(limits.bodyBytes()));
                    }
                })
                .addLast(new ConnectionHandler(router, gate));
    }

    /** Takes no further connections; those that are there go on. */
    public void stopListening() {
        ChannelFuture _ = listening.close().awaitUninterruptibly();
    }

    /** Ends everything. What was written goes out first, where the client takes it at once. */
    @Override
    public void close() {
        ChannelFuture _ = listening.close().awaitUninterruptibly();
        connections.writeAndFlush(Unpooled.EMPTY_BUFFER).awaitUninterruptibly(FLUSH_SECONDS, TimeUnit.SECONDS);
        connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
