package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UriTypesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "embedded",
                "postgresql://user:pass@host:5432/db",
                "postgres://user@host/db",
                "postgresql://user:p%40ss%2F@10.0.0.1:65535/db?sslmode=verify-full&application_name=rides",
                "postgresql://user@[::1]:5432/db",
                "postgresql://user@my_host/my-db",
                "postgresql://host/db?user=me&password=secret",
                "postgresql://u@h/d?sslmode=disable",
                "postgresql://u@h/d?sslmode=allow",
                "postgresql://u@h/d?sslmode=prefer",
                "postgresql://u@h/d?sslmode=require",
                "postgresql://u@h/d?sslmode=verify-ca",
            })
    void acceptsPostgres(String uri) {
        assertEquals(Optional.of(uri), UriTypes.postgres().parse(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Embedded",
                "postgresql://",
                "postgresql://user@host",
                "postgresql://user@host/",
                "postgresql://user@/db",
                "postgresql:///db?user=me",
                "postgresql://host/db", // the client would log in as "user"
                "postgresql://user@host:0/db",
                "postgresql://user@host:65536/db",
                "postgresql://user@host:99999999999/db",
                "postgresql://user@host:port/db",
                "postgresql://us:er:pass@host/db",
                "postgresql://user:p$ss@host/db", // the client wants it percent-encoded
                "postgresql://user:p%zz@host/db",
                "postgresql://user:p/ss@host/db",
                "postgresql://user:p ss@host/db",
                "postgresql://user@host1,host2/db",
                "postgresql://user@host/db#x",
                "postgresql://user@host/db?sslmode=on",
                "postgresql://user@host/db?sslmode=",
                "postgresql://user@host/db?sslmode",
                "postgresql://user@host/db?SSLMODE=on",
                "postgresql://user@host/db?x",
                "jdbc:postgresql://host/db?user=me",
                "mysql://user@host/db",
                "user@host/db",
            })
    void refusesPostgres(String uri) {
        assertEquals(Optional.empty(), UriTypes.postgres().parse(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "embedded",
                "redis://localhost",
                "redis://localhost/",
                "redis://localhost:6379/15",
                "rediss://user:p%40ss@redis.example.com:6380/0",
                "redis://:pass@10.0.0.1",
                "redis://[::1]:6379",
                "redis://h?db=3&user=u&password=p",
            })
    void acceptsRedis(String uri) {
        assertEquals(Optional.of(uri), UriTypes.redis().parse(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:6379",
                "redis:",
                "redis://",
                "redis:localhost",
                "redis:///0",
                "redis://:6379",
                "redis://my_host:6379", // java.net.URI knows no such host, and the client would take localhost
                "redis://pass@host", // the client would ignore it
                "redis://user:@host",
                "redis://:p/ss@host",
                "redis://:p#ss@host",
                "redis://:p%zz@host",
                "redis://h:0",
                "redis://h:65536",
                "redis://h:port",
                "redis://h/first",
                "redis://h/0/1",
                "redis://h/-1",
                "redis://h?db=x",
                "redis://h?protocol=3x&x",
                "redis://h#1",
                "redis+tls://h",
                "http://h",
                "unix:///tmp/redis.sock",
            })
    void refusesRedis(String uri) {
        assertEquals(Optional.empty(), UriTypes.redis().parse(uri));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:4318", "https://collector.example.com/otlp/", "http://[::1]:4318"})
    void acceptsCollectors(String uri) {
        assertEquals(
                Optional.of(Optional.of(URI.create(uri))), UriTypes.collector().parse(uri));
        assertEquals(Optional.of(Optional.empty()), UriTypes.collector().parse("off"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "on",
                "Off",
                "localhost:4318",
                "grpc://localhost:4317",
                "http://",
                "http://host:0",
                "http://host:65536",
                "http://user:secret@host:4318",
                "http://host:4318?key=secret",
                "http://host:4318#x",
                "http://ho st",
            })
    void refusesOtherCollectors(String uri) {
        assertEquals(Optional.empty(), UriTypes.collector().parse(uri));
    }
}
