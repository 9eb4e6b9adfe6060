package rocketrides.chaos;

import java.io.IOException;
import java.util.List;
import rocketrides.testing.Pause;
import rocketrides.testing.RedisServer;

/** The faults of Redis and of its data. */
final class RedisFaults {
    private final RedisServer redis;
    private final List<String> streams;

    RedisFaults(RedisServer redis, List<String> streams) {
        this.redis = redis;
        this.streams = streams;
    }

    void inject(ScheduledFault fault) throws IOException {
        switch (fault.kind()) {
            case REDIS_CRASH -> {
                redis.crash();
                Pause.millis(fault.lasts());
                redis.start();
            }
            case REDIS_EMPTY -> {
                redis.crash();
                redis.replaceData(null);
                Pause.millis(fault.lasts());
                redis.start();
            }
            case REDIS_ROLLBACK -> {
                // a power failure with appendfsync everysec loses no more than this
                var copy = redis.copyData();
                Pause.millis(fault.lasts());
                redis.crash();
                redis.replaceData(copy);
                redis.start();
            }
            case REDIS_PAUSE -> {
                redis.signal("STOP");
                Pause.millis(fault.lasts());
                redis.signal("CONT");
            }
            case REDIS_FLUSH -> redis.command("FLUSHALL");
            case REDIS_TRIM -> {
                for (var stream : streams) {
                    redis.command("XTRIM", stream, "MAXLEN", "" + fault.amount());
                }
            }
            case REDIS_ALIEN -> {
                for (var stream : streams) {
                    redis.command("XADD", stream, "*", "somebody", "else");
                }
            }
            case REDIS_OOM -> flip(fault, "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0");
            case REDIS_READONLY -> flip(fault, "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE");
            case REDIS_NOREPLICAS ->
                flip(fault, "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0");
            default -> throw new IllegalArgumentException("not for Redis: " + fault);
        }
    }

    private void flip(ScheduledFault fault, String on, String off) throws IOException {
        redis.command(on.split(" "));
        Pause.millis(fault.lasts());
        redis.command(off.split(" "));
    }
}
