package rocketrides.chaos;

import java.io.IOException;
import java.util.List;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisGroup;
import rocketrides.testing.RedisServer;

/** The faults of Redis and of its data. Those of a Cluster hit one node or all of them. */
final class RedisFaults {
    private final RedisGroup redis;
    private final List<String> streams;

    RedisFaults(RedisGroup redis, List<String> streams) {
        this.redis = redis;
        this.streams = streams;
    }

    void inject(ScheduledFault fault) throws IOException {
        var servers = fault.chosen(redis.servers());
        switch (fault.kind()) {
            case REDIS_CRASH -> {
                each(servers, RedisServer::crash);
                Pause.millis(fault.lasts());
                each(servers, RedisServer::start);
            }
            case REDIS_EMPTY -> {
                each(servers, RedisServer::crash);
                each(servers, RedisServer::deleteData);
                Pause.millis(fault.lasts());
                each(servers, RedisServer::start);
            }
            case REDIS_ROLLBACK -> {
                // a power failure with appendfsync everysec loses no more than this
                each(servers, RedisServer::copyData);
                Pause.millis(fault.lasts());
                each(servers, RedisServer::crash);
                each(servers, RedisServer::restoreCopy);
                each(servers, RedisServer::start);
            }
            case REDIS_PAUSE -> {
                each(servers, server -> server.signal("STOP"));
                Pause.millis(fault.lasts());
                each(servers, server -> server.signal("CONT"));
            }
            case REDIS_FLUSH -> each(servers, server -> server.command("FLUSHALL"));
            case REDIS_TRIM -> {
                for (var stream : streams) {
                    onMaster(stream, servers, "XTRIM", stream, "MAXLEN", "" + fault.amount());
                }
            }
            case REDIS_ALIEN -> {
                for (var stream : streams) {
                    onMaster(stream, servers, "XADD", stream, "*", "somebody", "else");
                }
            }
            case REDIS_OOM -> flip(servers, fault, "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0");
            case REDIS_READONLY -> flip(servers, fault, "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE");
            case REDIS_NOREPLICAS ->
                flip(servers, fault, "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0");
            case SLOT_MOVED -> {
                redis.awaitReady();
                redis.move(streams.get(fault.amount() % streams.size()));
            }
            default -> throw new IllegalArgumentException("not for Redis: " + fault);
        }
    }

    /** If its master is one of these servers. */
    private void onMaster(String stream, List<RedisServer> servers, String... command) throws IOException {
        redis.awaitReady();
        var master = redis.masterOf(stream);
        if (servers.contains(master)) {
            master.command(command);
        }
    }

    private static void flip(List<RedisServer> servers, ScheduledFault fault, String on, String off)
            throws IOException {
        each(servers, server -> server.command(on.split(" ")));
        Pause.millis(fault.lasts());
        each(servers, server -> server.command(off.split(" ")));
    }

    private static void each(List<RedisServer> servers, Step step) throws IOException {
        for (var server : servers) {
            step.on(server);
        }
    }

    private interface Step {
        void on(RedisServer server) throws IOException;
    }
}
