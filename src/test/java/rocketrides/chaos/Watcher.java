package rocketrides.chaos;

import rocketrides.testing.Pause;

/** A thread that checks something repeatedly until it is closed. The server may be unreachable at any time. */
abstract class Watcher implements AutoCloseable {
    private final Thread thread;
    private final int everyMillis;
    private volatile boolean closed;

    Watcher(String name, int everyMillis) {
        this.everyMillis = everyMillis;
        thread = new Thread(this::run, name);
    }

    void start() {
        thread.start();
    }

    /** One check; opens a connection if there is none. Any failure means that the server cannot be reached. */
    abstract void look() throws Exception;

    /** Closes the connection, if there is one. */
    abstract void disconnect();

    private void run() {
        while (!closed) {
            try {
                look();
            } catch (java.sql.SQLException | java.io.IOException e) {
                disconnect();
                Pause.millis(20);
            } catch (Exception e) {
                disconnect();
                e.printStackTrace();
            }
            Pause.millis(everyMillis);
        }
        disconnect();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(40_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
