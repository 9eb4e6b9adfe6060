package rocketrides.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The assumptions of {@link StrictDecoder} below the public API of Vert.x. If one fails, review that class. */
@ExtendWith(VertxExtension.class)
class StrictDecoderTest {

    /** If the replaced decoder ever does more, ours must do that, too. */
    @Test
    void theDecoderThatIsReplacedOnlyMakesMessagesAndHeaderNames(Vertx vertx) throws Exception {
        var decoders = Promise.<HttpRequestDecoder[]>promise();
        var server = vertx.createHttpServer()
                .connectionHandler(connection -> decoders.complete(new HttpRequestDecoder[] {
                    Wire.of(connection).pipeline().get(HttpRequestDecoder.class), replaced(connection)
                }))
                .requestHandler(request -> request.response().end())
                .listen(0, "127.0.0.1")
                .await(5, SECONDS);
        var client = vertx.createHttpClient();
        client.request(io.vertx.core.http.HttpMethod.GET, server.actualPort(), "127.0.0.1", "/")
                .compose(request -> request.send())
                .compose(response -> response.body())
                .await(5, SECONDS);
        var both = decoders.future().await(5, SECONDS);
        assertEquals(HttpRequestDecoder.class, both[0].getClass().getSuperclass());
        assertEquals(
                Set.of("createMessage", "isContentAlwaysEmpty", "splitHeaderName"),
                Arrays.stream(both[0].getClass().getDeclaredMethods())
                        .filter(method -> !Modifier.isPrivate(method.getModifiers()))
                        .map(Method::getName)
                        .collect(Collectors.toSet()));
        assertInstanceOf(StrictDecoder.class, both[1]);
    }

    private static HttpRequestDecoder replaced(io.vertx.core.http.HttpConnection connection) {
        StrictDecoder.use(connection, HttpServerOptions.DEFAULT_MAX_HEADER_SIZE);
        return Wire.of(connection).pipeline().get(HttpRequestDecoder.class);
    }
}
