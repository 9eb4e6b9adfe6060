package rocketrides.testing;

import static rocketrides.testing.TestLog.await;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import rocketrides.servers.Postgres;

/** A fresh database with the schema, and the ways into it: as a superuser, and as each role where roles are kept apart. */
final class TestDatabase implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int CONNECTIONS = 8;
    private static String template;

    final String name = "test_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    private final Vertx vertx;
    private final Postgres superuser;
    private final Map<TestRole, Postgres> roles = new EnumMap<>(TestRole.class);

    TestDatabase(Vertx vertx) {
        this.vertx = vertx;
        onServer("CREATE DATABASE " + name + (TestServers.secured() ? "" : " TEMPLATE " + template(vertx)));
        superuser = TestServers.connect(vertx, TestServers.postgres(name), CONNECTIONS);
        if (TestServers.secured()) {
            LeastPrivilege.apply(superuser, as(TestRole.OWNER));
        }
    }

    /** Has the schema. To copy it is quicker than to apply the schema each time. */
    private static synchronized String template(Vertx vertx) {
        if (template == null) {
            var made = "template_" + ProcessHandle.current().pid();
            onServer(vertx, "DROP DATABASE IF EXISTS " + made);
            onServer(vertx, "CREATE DATABASE " + made);
            var postgres = TestServers.connect(vertx, TestServers.postgres(made), 1);
            await(postgres.ready(TestServers.SCHEMA));
            await(postgres.close());
            onServer(
                    vertx,
                    "ALTER DATABASE " + made + " ALLOW_CONNECTIONS false"); // it would be in use, and not be copied
            if ("external".equals(System.getProperty("test.servers"))) { // others end with the JVM
                var last = Vertx.vertx(); // none can be made while the JVM ends
                Runtime.getRuntime().addShutdownHook(new Thread(() -> onServer(last, "DROP DATABASE " + made)));
            }
            template = made;
        }
        return template;
    }

    Pool superuser() {
        return superuser.pool();
    }

    Pool pool(TestRole role) {
        return as(role).pool();
    }

    String uri(TestRole role) {
        var uri = TestServers.postgres(name);
        return TestServers.secured() ? LeastPrivilege.postgres(uri, role) : uri;
    }

    private synchronized Postgres as(TestRole role) {
        return TestServers.secured()
                ? roles.computeIfAbsent(role, r -> TestServers.connect(vertx, uri(r), CONNECTIONS))
                : superuser;
    }

    private void onServer(String sql) {
        onServer(vertx, sql);
    }

    private static void onServer(Vertx vertx, String sql) {
        var server = TestServers.connect(vertx, TestServers.postgres(), 1);
        await(server.pool().query(sql).execute());
        await(server.close());
    }

    @Override
    public void close() {
        roles.values().forEach(role -> await(role.close()));
        await(superuser.close());
        onServer("DROP DATABASE " + name + " WITH (FORCE)");
    }
}
