package rocketrides.rides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rocketrides.http.Refusal;

class RidePageTest {
    @Test
    void isTheFirstHundredUnlessAskedOtherwise() {
        assertEquals(new RidePage(0, 100), RidePage.of(query("")));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "9223372036854775807, 1000", "42, 7"})
    void isWhatIsAskedFor(long after, int limit) {
        assertEquals(new RidePage(after, limit), RidePage.of(query("after=" + after + "&limit=" + limit)));
    }

    @ParameterizedTest
    @CsvSource({
        "after=-1, 'after'",
        "after=, 'after'",
        "after=9223372036854775808, 'after'",
        "limit=0, 'limit'",
        "limit=1001, 'limit'",
        "limit=1&limit=1, 'limit'",
        "page=1, 'page'"
    })
    void isRefusedWithTheNameOfWhatIsWrong(String query, String name) {
        var refusal = assertThrows(Refusal.class, () -> RidePage.of(query(query)));
        assertEquals(400, refusal.status());
        assertTrue(refusal.getMessage().contains("'" + name + "'"), refusal::getMessage);
    }

    private static MultiMap query(String text) {
        var query = MultiMap.caseInsensitiveMultiMap();
        for (var pair : text.split("&")) {
            if (!pair.isEmpty()) {
                query.add(pair.split("=", 2)[0], pair.split("=", 2)[1]);
            }
        }
        return query;
    }
}
