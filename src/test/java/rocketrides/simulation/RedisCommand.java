package rocketrides.simulation;

import java.util.function.Supplier;

/** A Redis command that takes one step. */
final class RedisCommand<T> extends Operation<T> {
    private final String what;
    private final Supplier<T> effect;

    RedisCommand(Client client, SimulatedRedis redis, String what, Supplier<T> effect) {
        super(client, redis.inFlight);
        this.what = what;
        this.effect = effect;
    }

    @Override
    void step() {
        var answer = effect.get();
        if (world.traced()) {
            world.say(client.name + "  " + what + ": " + AnswerText.of(answer));
        }
        answer(answer);
    }

    @Override
    void abort() {}
}
