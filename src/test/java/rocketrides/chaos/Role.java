package rocketrides.chaos;

import rocketrides.testing.Proxy;

/** One process of the real program, with a proxy in front of each server. */
record Role(OwnProgram program, Proxy postgres, Proxy redis) implements AutoCloseable {
    @Override
    public void close() {
        program.kill();
        postgres.close();
        redis.close();
    }
}
