package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UriFormatsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "embedded",
                "postgresql://user:pass@host:5432/db",
                "postgres://user@host/db",
                "postgresql://user:p%40ss%2F@10.0.0.1:65535/db?sslmode=verify-full",
                "postgresql://user@[::1]:5432/db",
                "postgresql://user@my_host/my-db",
                "postgresql://user@db.example.com./db",
                "postgresql://us:er:pass@host/db",
                "postgresql://a+b:$!'()*,;&=@host/db",
                "postgresql://host/db?user=me&password=secret",
                "postgresql://u@h/d?sslmode=disable",
                "postgresql://u@h/d?sslmode=allow",
                "postgresql://u@h/d?sslmode=prefer",
                "postgresql://u@h/d?sslmode=require",
                "postgresql://u@h/d?sslmode=verify-ca",
            })
    void acceptsPostgres(String uri) {
        assertEquals(uri, Format.POSTGRES.parser.apply(uri));
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
                "postgresql://:pass@host/db",
                "postgresql://user:@host/db",
                "postgresql://user:p%00ss@host/db",
                "postgresql://user:p%ffss@host/db",
                "postgresql://user:päss@host/db",
                "postgresql://user@%2Fvar%2Frun/db",
                "postgresql://user@[host]/db",
                "postgresql://user@::1/db",
                "postgresql://user@my_host/db?sslmode=verify-full", // no certificate can be verified
                "postgresql://user@host/db?ssl=true",
                "postgresql://user@host/db?ssl_mode=verify-full",
                "postgresql://user@host/db?application_name=rides",
                "postgresql://user@host/db?SSLMODE=require",
                "postgresql://user@host/db?sslmode=verify_full",
                "postgresql://user@host/db?sslmode=require&sslmode=disable",
                "postgresql://user@host/db?user=other",
                "postgresql://user@host/db?",
                "postgresql://user@host/db?sslmode=require&",
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
        assertRefuses(Format.POSTGRES, uri);
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
                "redis://my_redis:6379",
                "redis://a+b:c+d@h",
                "redis-sentinel://h/mymaster",
                "redis-sentinel://user:p%40ss@h1:26379,h2,[::1]:26380/my-master.1_a?db=3",
                "rediss-sentinel://h/m?sentinel-user=u&sentinel-password=p",
                "redis-sentinel://h/m?sentinel-password=p",
                "redis-cluster://h",
                "redis-cluster://:pass@h1:7000,h2:7001/",
                "rediss-cluster://u:p@h1,10.0.0.1:7001",
            })
    void acceptsRedis(String uri) {
        assertEquals(uri, Format.REDIS.parser.apply(uri));
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
                "rediss://my_host:6379", // no certificate can be verified
                "redis://h/0?db=1",
                "redis://h?db=1&db=2",
                "redis://h?database=1",
                "redis://h?protocol=3",
                "redis://h/10000",
                "redis://h/١",
                "redis://h/+1",
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
                "redis://h1,h2", // which of them?
                "redis-sentinel://h",
                "redis-sentinel://h/",
                "redis-sentinel://h/my%20master",
                "redis-sentinel://h/m/0",
                "redis-sentinel://h/m?db=x",
                "redis-sentinel://h/m?master=n",
                "redis-sentinel://h/m?sentinel-user=u", // the client would ignore it
                "redis-sentinel://h1,,h2/m",
                "redis-sentinel://h1,h2,/m",
                "redis-sentinel://h1:0,h2/m",
                "redis-sentinel://h1,h2:65536/m",
                "redis-sentinel://u@h/m",
                "rediss-sentinel://h,my_host/m", // no certificate can be verified
                "redis-cluster://",
                "redis-cluster://h/0",
                "redis-cluster://h?db=0",
                "redis-cluster://h?sentinel-password=p",
                "redis-sentinels://h/m",
                "redis-Cluster://h",
            })
    void refusesRedis(String uri) {
        assertRefuses(Format.REDIS, uri);
    }

    @Test
    void saysWhatIsWrongAndWhichParameterWasMeant() {
        assertEquals(
                "its parameter ssl is unknown; did you mean sslmode?",
                refusal(Format.POSTGRES, "postgresql://user@host/db?ssl=true"));
        assertEquals(
                "its parameter username is unknown; did you mean user?",
                refusal(Format.REDIS, "redis://host?username=me"));
        assertEquals(
                "its sslmode is given twice",
                refusal(Format.POSTGRES, "postgresql://u@host/db?sslmode=require&sslmode=disable"));
        assertEquals("its port is not from 1 to 65535", refusal(Format.REDIS, "redis://host:65536"));
        assertEquals(
                "it has several hosts, which only redis-sentinel:// and redis-cluster:// may have",
                refusal(Format.REDIS, "redis://h1,h2"));
        assertEquals("a cluster has no databases", refusal(Format.REDIS, "redis-cluster://h/1"));
        assertEquals(
                "it has a sentinel-user without a sentinel-password",
                refusal(Format.REDIS, "redis-sentinel://h/m?sentinel-user=u"));
        assertEquals(
                "it has no name of a master, of letters, digits, '.', '-' and '_', behind its hosts",
                refusal(Format.REDIS, "redis-sentinel://h"));
    }

    @Test
    void onlyPercentEncodingIsDecoded() {
        var postgres = ServerUri.postgres("postgres://a+b%2B:%25+c%3A%C3%BC@[::1]/d+%2F?sslmode=prefer");
        assertEquals(
                Map.of("user", "a+b+", "password", "%+c:ü", "database", "d+/", "sslmode", "prefer"), postgres.named());
        assertEquals("::1", postgres.host());
        assertEquals(5432, postgres.port());
        assertEquals("postgres://[::1]:5432", postgres.toString());

        var redis = ServerUri.redis("rediss://h:1?user=a+b&password=c+d%26%3D&db=3");
        assertEquals(Map.of("user", "a+b", "password", "c+d&=", "database", "3"), redis.named());
        assertEquals("rediss://h:1", redis.toString());

        var sentinel = ServerUri.redis("redis-sentinel://u:p@h1,[::1]:2/m?db=3&sentinel-password=q");
        assertEquals(
                Map.of("user", "u", "password", "p", "master", "m", "database", "3", "sentinel-password", "q"),
                sentinel.named());
        assertEquals("redis-sentinel://h1:26379,[::1]:2/m", sentinel.toString());
        assertEquals(
                "rediss-cluster://h1:6379,h2:7",
                ServerUri.redis("rediss-cluster://:p@h1,h2:7").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:4318", "https://collector.example.com/otlp/", "http://[::1]:4318"})
    void acceptsCollectors(String uri) {
        assertEquals(Optional.of(URI.create(uri)), Format.COLLECTOR.parser.apply(uri));
        assertEquals(Optional.empty(), Format.COLLECTOR.parser.apply("off"));
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
                "http://my_collector:4318", // the client of the collector cannot reach it
            })
    void refusesOtherCollectors(String uri) {
        assertRefuses(Format.COLLECTOR, uri);
    }

    private static void assertRefuses(Format format, String uri) {
        try {
            assertNull(format.parser.apply(uri));
        } catch (IllegalArgumentException refused) {
            assertFalse(refused.getMessage().isBlank());
        }
    }

    private static String refusal(Format format, String uri) {
        return assertThrows(IllegalArgumentException.class, () -> format.parser.apply(uri))
                .getMessage();
    }
}
