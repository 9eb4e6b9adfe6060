package rocketrides.status;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import rocketrides.status.Books.Quantity;

/** An amount of each quantity of the books, in their order. */
public record Total(Map<Quantity, BigDecimal> amounts) {
    static Total of(List<Quantity> quantities, Function<Quantity, BigDecimal> amount) {
        Map<Quantity, BigDecimal> amounts = new LinkedHashMap<>();
        quantities.forEach(quantity -> amounts.put(quantity, amount.apply(quantity)));
        return new Total(amounts);
    }

    boolean isZero() {
        return amounts.values().stream().allMatch(amount -> amount.signum() == 0);
    }

    /** For each quantity the amount that is further from 0. */
    Total worse(Total other) {
        return of(List.copyOf(amounts.keySet()), quantity -> {
            var here = amounts.get(quantity);
            var there = other.amounts.get(quantity);
            return there.abs().compareTo(here.abs()) > 0 ? there : here;
        });
    }

    JsonObject toJson() {
        var json = new JsonObject();
        amounts.forEach((quantity, amount) -> json.put(quantity.name(), amount));
        return json;
    }

    /** {@code orders=3, revenue=12.50EUR}. */
    @Override
    public String toString() {
        return amounts.entrySet().stream()
                .map(entry -> entry.getKey().name() + "=" + entry.getValue().toPlainString()
                        + entry.getKey().unit())
                .collect(Collectors.joining(", "));
    }
}
