package rocketrides.chaos;

import java.io.IOException;
import java.nio.file.Path;
import rocketrides.testing.Place;
import rocketrides.testing.RedisGroup;
import rocketrides.testing.RedisServer;

/** The Redis of a run with several hosts. All its servers are on one host. */
interface HostsRedis {
    /** The kind of installation. */
    enum Kind {
        ALONE,
        SENTINELS,
        CLUSTER
    }

    /** For the program. */
    String uri();

    /** The server with the stream now. Throws if there is none. */
    RedisServer master() throws IOException;

    static HostsRedis start(Kind kind, Path home, Place place) throws Exception {
        return switch (kind) {
            case ALONE -> alone(home, place);
            case SENTINELS -> group(RedisGroup.sentinels(home, place));
            case CLUSTER -> group(RedisGroup.cluster(home, place));
        };
    }

    private static HostsRedis alone(Path home, Place place) throws IOException {
        var server = RedisServer.create(home, Cluster.BINARIES, place);
        server.start();
        return new HostsRedis() {
            @Override
            public String uri() {
                return server.uri();
            }

            @Override
            public RedisServer master() {
                return server;
            }
        };
    }

    private static HostsRedis group(RedisGroup group) {
        return new HostsRedis() {
            @Override
            public String uri() {
                return group.uri();
            }

            @Override
            public RedisServer master() throws IOException {
                return group.masterOf(Cluster.STREAM);
            }
        };
    }
}
