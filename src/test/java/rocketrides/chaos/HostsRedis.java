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

    /** The server with this stream now. Throws if there is none. */
    RedisServer master(String stream) throws IOException;

    /** Moves this stream's slot to another master. */
    void move(String stream) throws IOException;

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
            public RedisServer master(String stream) {
                return server;
            }

            @Override
            public void move(String stream) throws IOException {
                throw new IOException("a single Redis has no slots");
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
            public RedisServer master(String stream) throws IOException {
                return group.masterOf(stream);
            }

            @Override
            public void move(String stream) throws IOException {
                var from = group.masterOf(stream);
                int slot = Integer.parseInt(
                        from.command("CLUSTER", "KEYSLOT", stream).toString());
                group.move(slot, from, group.otherMaster(from));
            }
        };
    }
}
