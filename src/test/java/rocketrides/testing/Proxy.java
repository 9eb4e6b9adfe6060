package rocketrides.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy between one process and one server. A stopped process finds all data when it continues, but a black hole
 * of this proxy discards bytes. When the black hole ends, the connections that have lost bytes are closed.
 */
public final class Proxy implements AutoCloseable {
    private final Vertx vertx;
    private final NetServer server;
    private final NetClient client;
    private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
    private final Set<NetSocket> robbed = ConcurrentHashMap.newKeySet();
    private final String address;
    private volatile int target;
    private volatile boolean swallowing;
    private volatile int delay;

    public Proxy(Vertx vertx, int target) throws Exception {
        this(vertx, "127.0.0.1", 0, target);
    }

    /** Listens on this address and port; 0 for any port. */
    public Proxy(Vertx vertx, String address, int port, int target) throws Exception {
        this.vertx = vertx;
        this.address = address;
        this.target = target;
        client = vertx.createNetClient();
        server = vertx.createNetServer().connectHandler(this::accept);
        server.listen(port, address).await(10, SECONDS);
    }

    public int port() {
        return server.actualPort();
    }

    /** The host and the port. */
    public String address() {
        return address + ":" + port();
    }

    /** Redirects new connections to another server; existing ones stay with the old one. */
    public void target(int port) {
        target = port;
    }

    /** Closes all connections; new ones are accepted. */
    public void cut() {
        open.forEach(NetSocket::close);
    }

    public void blackHole(boolean on) {
        swallowing = on;
        if (!on) {
            robbed.forEach(NetSocket::close);
            robbed.clear();
        }
    }

    /** Adds this many milliseconds in each direction; 0 for none. */
    public void delay(int millis) {
        delay = millis;
    }

    private void accept(NetSocket near) {
        open.add(near);
        near.pause();
        client.connect(target, "127.0.0.1").onComplete(connected -> {
            if (connected.failed()) {
                open.remove(near);
                near.close();
                return;
            }
            join(near, connected.result());
            join(connected.result(), near);
            near.resume();
        });
    }

    private void join(NetSocket from, NetSocket to) {
        open.add(from);
        from.handler(bytes -> carry(from, to, bytes));
        from.exceptionHandler(t -> from.close());
        from.closeHandler(closed -> {
            open.remove(from);
            robbed.remove(from);
            to.close();
        });
    }

    private void carry(NetSocket from, NetSocket to, Buffer bytes) {
        if (swallowing || robbed.contains(from)) {
            robbed.add(from);
            return;
        }
        int wait = delay;
        if (wait > 0) {
            // all later data waits as long, so the order is kept
            from.pause();
            vertx.setTimer(wait, fired -> {
                to.write(bytes);
                from.resume();
            });
        } else {
            to.write(bytes);
            if (to.writeQueueFull()) {
                from.pause();
                to.drainHandler(drained -> from.resume());
            }
        }
    }

    @Override
    public void close() {
        cut();
        server.close();
        client.close();
    }
}
