package rocketrides.chaos;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import rocketrides.chaos.HostFault.Kind;

/** One of the hosts that share the work, and the program on it. */
final class Member {
    static final int PORT = 5005;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    /** Longer than a process looks for its servers before it answers. */
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final String name;
    private final Host host;
    private final OwnProgram program;
    private final boolean serves;

    /** {@code serves}: clients book rides there. */
    Member(String name, Host host, OwnProgram program, boolean serves) {
        this.name = name;
        this.host = host;
        this.program = program;
        this.serves = serves;
    }

    OwnProgram program() {
        return program;
    }

    boolean serves() {
        return serves;
    }

    URI uri(String path) {
        return URI.create("http://" + host.address() + ":" + PORT + path);
    }

    void hit(Kind kind, Host postgres, Host redis) throws IOException {
        switch (kind) {
            case KILL -> {
                host.kill();
                program.kill(); // takes note
            }
            case PAUSE -> program.signal("STOP");
            case LINK_DOWN -> host.linkDown();
            case BLACK_HOLE -> host.unplug();
            case POSTGRES_SILENT -> postgres.ignore(host);
            case REDIS_SILENT -> redis.ignore(host);
            case REDIS_MASTER, SLOT_MOVED -> throw new IllegalArgumentException("not for a host: " + kind);
        }
    }

    void restore(Kind kind, Host postgres, Host redis) throws IOException {
        switch (kind) {
            case KILL -> program.start();
            case PAUSE -> program.signal("CONT");
            case LINK_DOWN -> host.linkUp();
            case BLACK_HOLE -> host.plug();
            case POSTGRES_SILENT -> postgres.heed(host);
            case REDIS_SILENT -> redis.heed(host);
            case REDIS_MASTER, SLOT_MOVED -> throw new IllegalArgumentException("not for a host: " + kind);
        }
    }

    boolean isReady() {
        try {
            return get("/health/ready").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** For people: what it answers, and what has become of its process. */
    String state() {
        String answer;
        try {
            var ready = get("/health/ready");
            answer = ready.statusCode() + " " + ready.body();
        } catch (IOException e) {
            answer = "no answer, " + e;
        }
        return name + ": " + answer + "; " + program.state();
    }

    /** What its process does, by role, and how it is going. */
    Map<String, String> roles() throws IOException {
        var roles = new HashMap<String, String>();
        new JsonObject(get("/health/ready").body())
                .getJsonObject("roles")
                .forEach(role -> roles.put(role.getKey(), role.getValue().toString()));
        return roles;
    }

    /** What its process says of itself, by name and labels; fails if it does not answer. */
    Map<String, Double> metrics() throws IOException {
        var samples = new HashMap<String, Double>();
        for (var line : get("/metrics").body().lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (!line.startsWith("#")) {
                samples.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            }
        }
        return samples;
    }

    private HttpResponse<String> get(String path) throws IOException {
        var request = HttpRequest.newBuilder(uri(path)).timeout(ANSWER).build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
