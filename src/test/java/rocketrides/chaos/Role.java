package rocketrides.chaos;

import java.util.List;
import rocketrides.testing.Proxy;

/** One process of the real program, with a proxy in front of each server. {@code redis}: by node. */
record Role(OwnProgram program, Proxy postgres, List<Proxy> redis) implements AutoCloseable {
    @Override
    public void close() {
        program.kill();
        postgres.close();
        redis.forEach(Proxy::close);
    }
}
