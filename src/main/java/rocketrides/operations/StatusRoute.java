package rocketrides.operations;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.function.Consumer;
import java.util.function.Supplier;
import rocketrides.http.Answers;
import rocketrides.status.Status;

/** {@code /status}: where everything stands, for scripts. A 503 while Postgres is away. */
public final class StatusRoute implements Consumer<Router> {
    private final Supplier<Future<Status>> status;

    public StatusRoute(Supplier<Future<Status>> status) {
        this.status = status;
    }

    @Override
    public void accept(Router router) {
        router.get("/status").method(HttpMethod.HEAD).handler(request -> status.get()
                .onSuccess(now -> Answers.json(request.response(), now.toJson().encode()))
                .onFailure(t -> Answers.fail(request, t)));
    }
}
