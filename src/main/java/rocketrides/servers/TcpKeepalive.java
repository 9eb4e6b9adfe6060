package rocketrides.servers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.vertx.core.VertxBuilder;
import io.vertx.core.transport.Transport;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;

/**
 * Makes connections detect within {@value #GIVEN_UP_SECONDS} s that the server's host, or the network to it, has
 * vanished: idle connections are probed, and sent data must be acknowledged. Vert.x 5.0.10 can only turn probes on. The
 * first probe then comes after two hours. {@link SessionSettings} asks Postgres for the same limits at its end.
 */
public final class TcpKeepalive {
    static final int IDLE_SECONDS = 5;
    static final int INTERVAL_SECONDS = 2;
    static final int PROBES = 3;
    static final int GIVEN_UP_SECONDS = IDLE_SECONDS + PROBES * INTERVAL_SECONDS;

    private static final Map<String, Integer> OPTIONS = Map.of(
            "TCP_KEEPIDLE", IDLE_SECONDS,
            "TCP_KEEPINTVL", INTERVAL_SECONDS,
            "TCP_KEEPCNT", PROBES,
            "TCP_USER_TIMEOUT", GIVEN_UP_SECONDS * 1000);

    private TcpKeepalive() {}

    /**
     * Applies to all client connections of this Vert.x. Needs Linux and the native transport; otherwise nothing
     * changes.
     */
    public static VertxBuilder on(VertxBuilder builder) {
        Transport epoll = Transport.EPOLL;
        return epoll != null && epoll.available() ? builder.withTransport(new Probing(epoll)) : builder;
    }

    private record Probing(Transport transport) implements Transport {
        @Override
        public String name() {
            return transport.name();
        }

        @Override
        public boolean available() {
            return transport.available();
        }

        @Override
        public Throwable unavailabilityCause() {
            return transport.unavailabilityCause();
        }

        /** Uses a proxy because the interface has many methods, of which only one is extended here. */
        @Override
        public io.vertx.core.spi.transport.Transport implementation() {
            var real = transport.implementation();
            return (io.vertx.core.spi.transport.Transport) Proxy.newProxyInstance(
                    TcpKeepalive.class.getClassLoader(),
                    new Class<?>[] {io.vertx.core.spi.transport.Transport.class},
                    (proxy, method, arguments) -> {
                        Object result = call(real, method, arguments);
                        if (method.getName().equals("configure")
                                && arguments[arguments.length - 1] instanceof Bootstrap client
                                && arguments[arguments.length - 2].equals(false)) { // not a Unix domain socket
                            configure(client);
                        }
                        return result;
                    });
        }

        private static Object call(Object real, Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        /** Names the options, because the class that declares them is missing on other systems. */
        private static void configure(Bootstrap client) {
            client.option(ChannelOption.SO_KEEPALIVE, true);
            OPTIONS.forEach((name, value) ->
                    client.option(ChannelOption.valueOf("io.netty.channel.epoll.EpollChannelOption#" + name), value));
        }
    }
}
