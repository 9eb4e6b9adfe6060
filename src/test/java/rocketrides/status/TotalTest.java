package rocketrides.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import rocketrides.status.Books.Quantity;

class TotalTest {
    private static Total of(String orders, String revenue) {
        var amounts = new LinkedHashMap<Quantity, BigDecimal>();
        amounts.put(new Quantity("orders", ""), new BigDecimal(orders));
        amounts.put(new Quantity("revenue", "EUR"), new BigDecimal(revenue));
        return new Total(amounts);
    }

    @Test
    void isZeroIfEveryAmountIs() {
        assertTrue(of("0", "0.00").isZero());
        assertFalse(of("0", "-0.01").isZero());
        assertFalse(of("1", "0").isZero());
    }

    @Test
    void theWorseOneIsFurtherFromZeroForEachQuantityByItself() {
        assertEquals(of("-2", "3.50"), of("1", "3.50").worse(of("-2", "-3.49")));
        assertEquals(of("-2", "3.50"), of("-2", "-3.49").worse(of("1", "3.50")));
        assertEquals(of("1", "-1"), of("1", "-1").worse(of("-1", "1")), "the first of two that are as bad");
    }

    @Test
    void isWrittenInFull() {
        assertEquals("orders=1000, revenue=-0.10EUR", of("1E+3", "-0.10").toString());
        assertEquals(
                "{\"orders\":3,\"revenue\":12.50}", of("3", "12.50").toJson().encode());
    }
}
