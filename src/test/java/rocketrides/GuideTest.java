package rocketrides;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import rocketrides.testing.Guide;

/**
 * The guide quotes the whole example that is compiled and tested. {@link BuildingIT} builds and runs the quoted files.
 */
class GuideTest {
    @Test
    void theGuideQuotesTheExample() throws Exception {
        var files = Guide.read().files();
        assertEquals(
                Files.readString(Path.of("src/test/resources/orders.sql")), files.get("src/main/resources/orders.sql"));
        try (var example = Files.list(Path.of("src/test/java/examples/orders"))) {
            for (var source :
                    example.filter(file -> !file.endsWith("OrdersTest.java")).collect(Collectors.toSet())) {
                var quoted = files.get("src/main/java/orders/" + source.getFileName());
                assertEquals(Files.readString(source).replace("package examples.orders;", "package orders;"), quoted);
            }
        }
    }

    @Test
    void theGuideUsesTheVersionThatThisIs() throws Exception {
        var version = Files.readString(Path.of("pom.xml")).replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
        assertTrue(Guide.read().files().get("pom.xml").contains("<version>" + version + "</version>"));
    }
}
