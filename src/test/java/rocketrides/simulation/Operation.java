package rocketrides.simulation;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * A statement or a command on its way: it reaches the server, has its effect there in one step or several, and its reply
 * travels back in another. The connection may break at any time, which the client sees at once; what has reached the
 * server may end there, go on, or go on much later.
 */
abstract class Operation<T> implements Runnable {

    /** The client knows only that the reply will not come. */
    static final class ConnectionLost extends RuntimeException {
        private static final long serialVersionUID = 1;

        ConnectionLost() {
            super("connection lost", null, false, false);
        }
    }

    private static final ConnectionLost LOST = new ConnectionLost();

    final World world;
    final Client client;
    private final List<Operation<?>> inFlight;
    private final Promise<T> promise = Promise.promise();

    private boolean lost;
    private boolean done;
    private T value;
    private Throwable failure;
    private long notBefore;

    /** @param inFlight the server's list of what is under way */
    Operation(Client client, List<Operation<?>> inFlight) {
        this.client = client;
        this.world = client.world;
        this.inFlight = inFlight;
    }

    /** Sends it. */
    final Future<T> send() {
        inFlight.add(this);
        world.ready(this);
        return promise.future();
    }

    final Future<T> future() {
        return promise.future();
    }

    final boolean done() {
        return done;
    }

    final boolean lost() {
        return lost;
    }

    @Override
    public final void run() {
        if (world.nanos() < notBefore) {
            world.after(notBefore - world.nanos(), this);
        } else if (!done) {
            step();
        } else if (!lost) {
            lost = true;
            inFlight.remove(this);
            client.deliver(this::complete);
        }
    }

    private void complete() {
        if (failure != null) {
            promise.fail(failure);
        } else {
            promise.complete(value);
        }
    }

    /** Something happens at the server; ends with an answer, a failure, or a place in some queue. */
    abstract void step();

    /** The server's side ends without any further effect. */
    abstract void abort();

    final void answer(T answer) {
        value = answer;
        end();
    }

    final void fail(Throwable reason) {
        failure = reason;
        end();
    }

    private void end() {
        done = true;
        if (lost) {
            inFlight.remove(this);
        } else {
            world.ready(this);
        }
    }

    /**
     * The connection breaks.
     *
     * @param survives whether the server goes on with it
     * @param delay how long the server takes to
     */
    final void cut(boolean survives, long delay) {
        if (!lost) {
            lost = true;
            client.soon(() -> promise.fail(LOST));
        }
        if (!done && survives) {
            notBefore = world.nanos() + delay;
        } else {
            if (!done) {
                done = true;
                abort();
            }
            inFlight.remove(this);
        }
    }

    /** The server is gone: what was not done never will be, and no reply arrives. */
    final void serverDied() {
        cut(false, 0);
    }
}
