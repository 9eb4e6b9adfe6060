package rocketrides.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {
    private static final String PASSWORD = "hunter2";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://user:hunter2@host:5432/db?sslmode=require | postgresql://user:***@host:5432/db?sslmode=require",
                "redis://:hunter2@host                   | redis://:***@host",
                "redis://hunter2@host                    | redis://***@host",
                "postgresql://user@host:5432/db          | postgresql://user@host:5432/db",
                "redis://localhost:6379/0                | redis://localhost:6379/0",
                "redis://[::1]:6379                      | redis://[::1]:6379",
                "embedded                                | embedded",
                "127.0.0.1:5005                          | 127.0.0.1:5005",
                "postgresql://h/db?user=me&password=hunter2&x=1 | postgresql://h/db?user=me&password=***&x=1",
                "redis://h?PASSWORD=hunter2              | redis://h?PASSWORD=***",
                "redis://h?p%61ssword=hunter2            | redis://h?p%61ssword=***",
                "host=h password=hunter2                 | host=h password=***",
                "user:hunter2@host/db                    | user:***@host/db",
                "postgresql://user:hunter2               | postgresql://user:***",
                "postgresql://user:hunter2/db            | postgresql://user:***/db",
                "postgresql://user:a@hunter2/b#c@host/db | postgresql://user:***@host/db",
                "user:a://hunter2@host                   | user:***@host",
                "redis-sentinel://u:hunter2@h1:1,h2:2/m?sentinel-password=hunter2 | redis-sentinel://u:***@h1:1,h2:2/m?sentinel-password=***",
                "redis-sentinel://h1:26379,h2:26379/m    | redis-sentinel://h1:26379,h2:26379/m",
                "rediss-cluster://h1:7000,h2:7001        | rediss-cluster://h1:7000,h2:7001",
                "redis-cluster://user:hunter2            | redis-cluster://user:***",
            })
    void masksPasswordsAndNothingElse(String uri, String masked) {
        assertEquals(masked, Secrets.mask(uri));
    }

    @Test
    void hidesThePasswordOfRandomlyBrokenUris() {
        var random = new Random(7);
        String noise = "@:/?#&=%[] ab1\n";
        for (int i = 0; i < 20_000; i++) {
            String scheme = List.of("postgresql://", "redis://", "", "jdbc:postgresql://", "postgres:/")
                    .get(i % 5);
            String uri = scheme + "user:" + noise(random, noise) + PASSWORD + noise(random, noise) + "@host/db";
            assertFalse(Secrets.mask(uri).contains(PASSWORD), uri);
        }
    }

    @Test
    void noErrorHoldsAPassword() {
        for (String uri : List.of(
                "postgresql://user:hunter2@host",
                "postgresql://user:hunter2^@host/db",
                "postgresql://user:hunter2@host/db?ssl=true",
                "redis://user:hunter2@host?ssl=true",
                "postgresql://user:1?hunter2@host/db",
                "redis://user:1?hunter2=@host",
                "postgresql://user:hun%zzter2hunter2@host/db",
                "redis://:/hunter2@host:x",
                "redis-sentinel://user:hunter2@h1,h2",
                "redis-sentinel://h1/m?sentinel-user=u&sentinel-password=hunter2&x=1",
                "redis-cluster://:hunter2@h1,h2/1",
                "postgresql://h/db?password=hunter2")) {
            for (String variable :
                    List.of("DATABASE_URL", "REDIS_URL", "ROCKET_RIDES_POSTGRES_URI", "API_PORT", "ROCKET_RIDES_X")) {
                var e = assertThrows(
                        InvalidSettingsException.class,
                        () -> SettingsLoader.load(Optional.empty(), Map.of(variable, uri), Map.of()));
                assertFalse(e.toString().contains(PASSWORD), e::toString);
            }
        }
        var e = assertThrows(
                InvalidSettingsException.class,
                () -> SettingsLoader.load(Optional.empty(), Map.of("ROCKET_RIDES_REDIS_PASSWORD", PASSWORD), Map.of()));
        assertFalse(e.toString().contains(PASSWORD), e::toString);
    }

    @Test
    void noYamlErrorHoldsAPassword() {
        for (String yaml : List.of(
                "postgres: {uri: postgresql://u:hunter2@h/d",
                "postgres:\n  password: hunter2\n",
                "postgres:\n  uri: *hunter2\n x",
                "postgres:\n  uri: *hunter2\n",
                "postgres:\n  uri: @hunter2\n",
                "postgres:\n  uri: %hunter2\n",
                "postgres:\n  uri: !hunter2!x y\n",
                "postgres:\n  uri: \"\\hunter2\"\n",
                "postgresql://u:hunter2@h/d",
                "postgresql://u:hunter2@h/d: 1",
                "postgres:\n  postgresql://u:hunter2@h/d: 1\n",
                "postgres:\n  postgresql://u:hunter2@h/d: 1\n  postgresql://u:hunter2@h/d: 1\n")) {
            var file = new SettingsFile("test", yaml);
            var reader = new SettingsLoader(file, Map.of());
            reader.read(Map.of());
            assertFalse(reader.errors().isEmpty(), yaml);
            assertFalse(reader.errors().toString().contains(PASSWORD), reader.errors()::toString);
        }
    }

    @Test
    void settingsPrintWithoutPasswords() {
        Settings settings = SettingsLoader.load(
                Optional.empty(),
                Map.of("DATABASE_URL", "postgresql://u:hunter2@h/d", "REDIS_URL", "redis://h?password=hunter2"),
                Map.of());
        assertFalse(settings.toString().contains(PASSWORD), settings::toString);
    }

    private static String noise(Random random, String alphabet) {
        var text = new StringBuilder();
        for (int n = random.nextInt(5); n > 0; n--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
