package rocketrides.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rocketrides.servers.HeldConnection;
import rocketrides.servers.Postgres;
import rocketrides.servers.RedisClient;

/**
 * The scripts of {@code docs/}, applied as {@code docs/operating.md} says: the roles, then the schema as their owner, then
 * the grants; and the users of Redis.
 */
public final class LeastPrivilege {
    private static final String PASSWORD = "secret";
    private static final String STREAM = "rocket-rides-log";
    private static final String PROCESS = """
            ;DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rocket_rides_process') THEN
                CREATE ROLE rocket_rides_process LOGIN;
              END IF;
            END $$;
            GRANT rocket_rides_api, rocket_rides_streamer, rocket_rides_consumer TO rocket_rides_process;
            """;

    private LeastPrivilege() {}

    /** To servers that have nothing yet, and so that it survives a restart. */
    public static void apply(Vertx vertx, OwnServers servers) {
        var uri = servers.postgres().uri();
        var superuser = new Postgres(vertx, uri, servers.caFile(), 1, 1);
        var owner = new Postgres(vertx, postgres(uri, TestRole.OWNER), servers.caFile(), 1, 1);
        apply(superuser, owner);
        TestLog.await(Future.join(superuser.close(), owner.close()));
        var redis = new RedisClient(vertx, servers.redis().uri(), servers.caFile(), "stream").hold();
        createUsers(redis, STREAM);
        succeeds(redis, List.of("SAVE"));
        TestLog.await(redis.close());
    }

    public static void apply(Postgres superuser, Postgres owner) {
        createRoles(superuser.pool());
        TestLog.await(owner.ready(TestServers.SCHEMA));
        grant(owner.pool());
    }

    /** As a superuser of the database. The tests need a role for one process, too: a member of those that it does. */
    public static void createRoles(Pool superuser) {
        var passwords = Arrays.stream(TestRole.values())
                .map(role -> "ALTER ROLE " + role.role() + " PASSWORD '" + PASSWORD + "';")
                .collect(Collectors.joining());
        run(superuser, read("docs/postgres-roles.sql") + PROCESS + passwords);
    }

    /** As the owner of the tables. */
    public static void grant(Pool owner) {
        run(owner, read("docs/postgres-grants.sql"));
    }

    /** As the user who may do everything; for a log with this stream. */
    public static void createUsers(HeldConnection redis, String stream) {
        for (var user : users(stream)) {
            succeeds(redis, Stream.concat(Stream.of("SETUSER"), user.stream()).toList());
        }
    }

    /** The user of one process may do what any of them may. */
    private static List<List<String>> users(String stream) {
        var users = read("docs/redis.acl")
                .lines()
                .map(line -> line.replace("~" + STREAM, "~" + stream))
                .map(line -> List.of(line.split(" ")))
                .map(words -> words.subList(1, words.size()))
                .collect(Collectors.toCollection(ArrayList::new));
        var process = new ArrayList<>(List.of(
                TestRole.PROCESS.user(),
                "on",
                ">change-me-process",
                "resetkeys",
                "~" + stream,
                "~" + stream + ":*",
                "-@all"));
        users.stream()
                .flatMap(List::stream)
                .filter(word -> word.startsWith("+"))
                .forEach(process::add);
        users.add(process);
        return users;
    }

    public static String postgres(String uri, TestRole role) {
        return uri.replaceFirst("//[^@]*@", "//" + role.role() + ":" + PASSWORD + "@");
    }

    public static String redis(String uri, TestRole role) {
        var user = role.user();
        return uri.replaceFirst("//([^@/]*@)?", "//" + user + ":" + user.replace("rocket_rides_", "change-me-") + "@");
    }

    private static void succeeds(HeldConnection redis, List<String> words) {
        var request = Request.cmd(Command.ACL);
        words.forEach(request::arg);
        assertEquals("OK", TestLog.await(redis.send(request)).toString());
    }

    private static void run(Pool pool, String sql) {
        TestLog.await(pool.query(sql).execute());
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
