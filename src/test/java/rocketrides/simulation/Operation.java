package rocketrides.simulation;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * A statement or command in progress. It reaches the server, takes effect there in one or more steps, and its reply
 * travels back. The connection may break at any time, which the client sees at once. What has reached the server may
 * then end there, continue, or continue much later.
 */
abstract class Operation<T> implements Runnable {

    /** The client knows only that no reply will come. */
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

    /** @param inFlight the server's list of operations in progress */
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

    /** One step at the server. It ends with a result, a failure, or a place in a queue. */
    abstract void step();

    /** Ends the server's side without any further effect. */
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
     * @param survives whether the server continues the operation
     * @param delay how long the server takes until then
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

    /** The server has died: unfinished steps will not happen, and no reply arrives. */
    final void serverDied() {
        cut(false, 0);
    }
}
