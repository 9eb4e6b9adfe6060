package rocketrides.simulation;

import static rocketrides.testing.TestLog.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import rocketrides.consumer.Checkpoints.Batch;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.consumer.Instance;
import rocketrides.consumer.PostgresCheckpoints;
import rocketrides.consumer.Projection;
import rocketrides.consumer.Rewind;
import rocketrides.log.NewSegment;
import rocketrides.log.PostgresSegmentStore;
import rocketrides.log.PostgresStagedRecords;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.StagedRecords.FloorSample;
import rocketrides.simulation.Save.Part;
import rocketrides.simulation.Script.Step;
import rocketrides.simulation.Twin.Place;
import rocketrides.testing.AnyStatements;

/** Carries out one script, from empty tables to the end, where nothing is under way and the tables are compared. */
final class Performance {
    private static final List<Duration> AGES = List.of(Duration.ofHours(6), Duration.ofDays(1));
    /** Soon comes one that no consumer can read. */
    private static final int FIRST_RIDE = 11;

    private static final int[] HOURS = {0, 0, 12, 48, 48};

    private final Script script;
    private final RealPostgres real;
    private final Duet duet;
    private final SimulatedPostgres simulated;
    private final Map<GatedSession, PostgresSegmentStore> stores = new HashMap<>();
    private final Map<GatedSession, SimulatedSegmentStore> simulatedStores = new HashMap<>();
    private final Map<GatedSession, PostgresStagedRecords> staged = new HashMap<>();
    private final Map<GatedSession, SimulatedStagedRecords> simulatedStaged = new HashMap<>();
    private final Map<GatedSession, Writer> open = new HashMap<>();
    private final Map<GatedSession, Samples> samples = new HashMap<>();
    private final Batches batches;
    private List<String> backup;
    private Tables simulatedBackup;
    private Dice dice;

    private record Samples(FloorSample real, FloorSample simulated) {}

    Performance(Script script, RealPostgres real) {
        this.script = script;
        this.real = real;
        duet = new Duet(real);
        simulated = duet.simulated;
        batches = new Batches(simulated);
        simulated.drawRides(FIRST_RIDE - 1);
        real.streamers.forEach(this::open);
        real.tenders.forEach(this::open);
        open(real.archive);
    }

    private void open(GatedSession session) {
        stores.put(session, new PostgresSegmentStore(session.pool(), 0));
        simulatedStores.put(session, new SimulatedSegmentStore(simulated, duet.client(session), 0));
        staged.put(session, new PostgresStagedRecords(session.pool(), () -> Set.of(0)));
        simulatedStaged.put(session, new SimulatedStagedRecords(simulated, duet.client(session), all -> true));
    }

    private PartitionRows partition() {
        return simulated.tables.partition(0);
    }

    /** What happened, as far as it came. */
    List<String> story() {
        return duet.story;
    }

    /** @throws RuntimeException if the two differ, or if the simulated one finds an invariant broken */
    void run() {
        real.reset(script.planner(), others());
        for (var step : script.steps()) {
            dice = new Dice(step.choice());
            take(step);
        }
        dice = new Dice(script.seed());
        rest();
        seal(real.streamers.get(0), 1_000);
        duet.rest();
        duet.compareContents();
    }

    private void take(Step step) {
        switch (step.act()) {
            case STAGE -> stage(real.writers.get(dice.below(RealPostgres.WRITERS)));
            case SEAL -> free(real.streamers).ifPresent(session -> seal(session, dice.between(1, 5)));
            case UNPUBLISHED -> free(real.streamers).ifPresent(this::unpublished);
            case READ -> free(real.streamers).ifPresent(this::read);
            case MARK -> free(real.streamers).ifPresent(this::mark);
            case HOLDS -> free(real.streamers).ifPresent(this::holds);
            case RETAIN -> free(real.streamers).ifPresent(this::retain);
            case FLOOR -> free(real.tenders).ifPresent(this::floor);
            case LOWER -> free(real.streamers).ifPresent(this::lower);
            case SET_BACK -> setBack();
            case REGISTER -> free(real.consumers).ifPresent(this::register);
            case LOAD -> free(real.consumers).ifPresent(this::load);
            case SAVE -> free(real.consumers).ifPresent(this::save);
            case CRASH -> free(real.consumers).ifPresent(this::crash);
            case REWIND -> free(List.of(real.operator)).ifPresent(this::rewind);
            case REMOVE -> free(List.of(real.operator)).ifPresent(this::remove);
            case GO_ON -> stopped().ifPresent(duet::goOn);
            case GIVE_UP -> any(duet.underWay).ifPresent(duet::giveUp);
            case CATCH_UP -> catchUp();
            case REST -> rest();
            case VACUUM -> vacuum();
            case BACKUP -> backup();
            case RESTORE -> restore();
            case HOLE -> hole();
            case COMPARE -> duet.compareContents();
        }
    }

    private Optional<GatedSession> free(List<GatedSession> sessions) {
        return any(sessions.stream().filter(duet::free).toList());
    }

    private <T> Optional<T> any(List<? extends T> those) {
        return those.isEmpty() ? Optional.empty() : Optional.of(those.get(dice.below(those.size())));
    }

    private Optional<Twin<?>> stopped() {
        return any(duet.underWay.stream()
                .filter(twin -> twin.place() == Place.STOPPED)
                .toList());
    }

    private String name() {
        return "name" + dice.below(script.names());
    }

    /** Records of a transaction that stays open for a while, or its end. */
    private void stage(GatedSession session) {
        var writer = open.get(session);
        if (writer != null && writer.undrawn() == 0) {
            end(session, writer);
            return;
        }
        if (writer == null) {
            writer = new Writer(simulated, dice.between(1, 4), new Dice(0), dice.oneIn(5), 0);
            open.put(session, writer);
            await(session.plain("BEGIN"));
        }
        insert(session, writer, dice.between(1, writer.undrawn()));
        if (writer.undrawn() == 0 && dice.oneIn(2)) {
            end(session, writer);
        }
    }

    private void insert(GatedSession session, Writer writer, int count) {
        long ride = writer.nextRide();
        for (int i = 0; i < count; i++) {
            writer.draw();
        }
        await(session.direct(
                "INSERT INTO staged_log_records (action, object, data)"
                        + " SELECT 'create', 'ride', to_jsonb(g) FROM generate_series($1::bigint, $2::bigint) g",
                ride,
                ride + count - 1));
        duet.tell(session.name + " stages: " + writer);
    }

    private void end(GatedSession session, Writer writer) {
        open.remove(session);
        if (writer.rollsBack()) {
            writer.rollBack();
        } else {
            if (writer.undrawn() > 0) {
                insert(session, writer, writer.undrawn());
            }
            writer.commit();
        }
        await(session.plain(writer.rollsBack() ? "ROLLBACK" : "COMMIT"));
        duet.tell(session.name + (writer.rollsBack() ? " rolls back" : " commits"));
    }

    private void seal(GatedSession session, int limit) {
        int hours = HOURS[dice.below(HOURS.length)];
        var ours = simulatedStaged.get(session);
        duet.start(
                "seal " + limit,
                session,
                Course.CHANGES,
                dice,
                () -> staged.get(session).seal(limit),
                () -> ours.seal(limit),
                this::same,
                segments -> {
                    if (segments != null) {
                        segments.forEach(made -> afterSeal(made, hours));
                    }
                });
    }

    private void afterSeal(NewSegment made, int hours) {
        var segments = partition().segments;
        var stored = segments.get(segments.size() - 1);
        stored.sendAll();
        if (hours > 0 && stored.first() == made.firstOffset()) {
            stored.sealedAt -= Duration.ofHours(hours).toMillis();
            real.age(stored.first(), hours);
            duet.tell("  " + hours + " hours ago");
        }
        batches.known.add(stored.segment);
    }

    private <T> T same(T answer) {
        return answer;
    }

    private void unpublished(GatedSession session) {
        int limit = dice.between(1, 4);
        duet.start(
                "unpublished " + limit,
                session,
                Course.READS,
                dice,
                () -> stores.get(session).unpublished(limit),
                () -> simulatedStores.get(session).unpublished(limit),
                this::same,
                null);
    }

    private void read(GatedSession session) {
        int limit = dice.between(1, 2);
        long offset = dice.between(1, (int) partition().nextOffset + 1);
        duet.start(
                "read " + offset + " " + limit,
                session,
                Course.READS,
                dice,
                () -> stores.get(session).read(offset, limit),
                () -> simulatedStores.get(session).read(offset, limit),
                this::same,
                null);
    }

    private void mark(GatedSession session) {
        var segment = batches.toMark(dice);
        if (segment != null) {
            mark(session, segment, dice);
        }
    }

    private void mark(GatedSession session, Segment segment, Dice stops) {
        duet.start(
                "mark " + AnswerText.of(segment),
                session,
                Course.CHANGES,
                stops,
                () -> stores.get(session).mark(segment),
                () -> simulatedStores.get(session).mark(segment),
                this::same,
                null);
    }

    private void holds(GatedSession session) {
        Segment segment = batches.any(dice);
        if (segment != null) {
            duet.start(
                    "holds " + AnswerText.of(segment),
                    session,
                    Course.READS,
                    dice,
                    () -> stores.get(session).holds(segment.id()),
                    () -> simulatedStores.get(session).holds(segment.id()),
                    this::same,
                    null);
        }
    }

    private void retain(GatedSession session) {
        var age = AGES.get(dice.below(AGES.size()));
        duet.start(
                "retain " + age,
                session,
                Course.LOCKS_AND_CHANGES,
                dice,
                () -> stores.get(session).retain(age),
                () -> simulatedStores.get(session).retain(age),
                this::same,
                null);
    }

    private void floor(GatedSession session) {
        var sample = samples.get(session);
        if (sample == null) {
            duet.start(
                    "sample",
                    session,
                    Course.SAMPLES,
                    dice,
                    () -> staged.get(session).sampleFloor(),
                    () -> simulatedStaged.get(session).sampleFloor(),
                    drawn -> drawn.highestId() + ", writers " + drawn.writers().size(),
                    drawn -> {
                        if (drawn != null) {
                            samples.put(session, new Samples((FloorSample) session.answer(), drawn));
                        }
                    });
            return;
        }
        duet.start(
                "raise " + sample.simulated().highestId(),
                session,
                Course.RAISES,
                dice,
                () -> staged.get(session).raiseFloor(sample.real()),
                () -> simulatedStaged.get(session).raiseFloor(sample.simulated()),
                this::same,
                raised -> {
                    if (raised == null || raised) {
                        samples.remove(session);
                    }
                });
    }

    private void lower(GatedSession session) {
        duet.start(
                "lower",
                session,
                Course.LOWERS,
                dice,
                () -> staged.get(session).lowerFloor(),
                () -> simulatedStaged.get(session).lowerFloor(),
                this::same,
                null);
    }

    private void setBack() {
        rest();
        long next = simulated.tables.highestLiveId() + 1;
        simulated.tables.nextId = next;
        simulated.tables.truth.sequenceSetBack();
        real.ask("SELECT setval('staged_log_records_id_seq', " + next + ", false)");
        duet.tell("the next id is " + next);
        if (dice.oneIn(4)) {
            lower(real.streamers.get(0));
        }
    }

    private static PostgresCheckpoints checkpoints(GatedSession session, String name) {
        return checkpoints(session, name, new RideNumbers());
    }

    private static PostgresCheckpoints checkpoints(GatedSession session, String name, Projection<?> projection) {
        return new PostgresCheckpoints(session.pool(), Instance.of(name), projection);
    }

    private Rewind operator(GatedSession session) {
        return new Rewind(session.pool(), stores.get(real.archive), new RideNumbers());
    }

    private SimulatedCheckpoints simulatedCheckpoints(GatedSession session, String name) {
        return new SimulatedCheckpoints(simulated, duet.client(session), Instance.of(name));
    }

    private void register(GatedSession session) {
        var name = name();
        duet.start(
                "register " + name,
                session,
                Course.REGISTERS,
                dice,
                () -> checkpoints(session, name).register(),
                () -> simulatedCheckpoints(session, name).register(),
                this::same,
                null);
    }

    private void load(GatedSession session) {
        var name = name();
        duet.start(
                "load " + name,
                session,
                Course.READS,
                dice,
                () -> checkpoints(session, name).load(),
                () -> simulatedCheckpoints(session, name).load(),
                this::same,
                null);
    }

    private void crash(GatedSession session) {
        var name = name();
        duet.start(
                "crash " + name,
                session,
                Course.CHANGES,
                dice,
                () -> checkpoints(session, name).countCrash(),
                () -> simulatedCheckpoints(session, name).countCrash(),
                this::same,
                null);
    }

    private void save(GatedSession session) {
        var name = name();
        var batch = batches.toSave(name, dice);
        if (batch != null) {
            save(session, name, batch, dice);
        }
    }

    /** In a transaction or at once, if the batch allows that. */
    private void save(GatedSession session, String name, Batch batch, Dice stops) {
        boolean single = batch.to() % 2 == 0;
        boolean atOnce =
                single && batch.records().stream().mapToLong(RideNumbers::ride).allMatch(RideNumbers::readable);
        var projection = single ? new RideNumbers() : new AnyStatements<>(new RideNumbers());
        duet.start(
                "save " + name + " " + batch.from() + "-" + batch.to() + " of "
                        + batch.segments().stream().map(SegmentId::firstOffset).toList(),
                session,
                atOnce ? Course.CHANGES : Course.SAVES,
                stops,
                () -> checkpoints(session, name, projection).save(batch),
                () -> simulatedCheckpoints(session, name).save(batch, atOnce ? Part.AT_ONCE : Part.ALL),
                Saved::outcome,
                null);
    }

    private void catchUp() {
        rest();
        for (var stored : List.copyOf(partition().segments)) {
            if (stored.first() > partition().published) {
                mark(real.streamers.get(0), stored.segment, null);
            }
        }
        for (var row : List.copyOf(simulated.tables.checkpoints)) {
            for (var batch = batches.next(row.offset); batch != null; batch = batches.next(row.offset)) {
                save(real.consumers.get(0), row.name, batch, null);
            }
        }
    }

    /** In every fourth history the log has partitions beside the one that everything is about. */
    private boolean others() {
        return script.seed() % 4 == 3;
    }

    private void rewind(GatedSession session) {
        var name = name();
        var row = simulated.tables.checkpoint(name, 0);
        long to = row == null ? 0 : dice.below((int) row.offset + 2);
        long target = others() ? 0 : to; // an offset would be one of each partition
        duet.start(
                "rewind " + name + " to " + target,
                session,
                Course.LOCKS_AND_CHANGES,
                dice,
                () -> operator(session).rewind(name, target, offset -> {}),
                () -> SentBack.rewind(duet.client(session), simulated, name, target)
                        .send(),
                this::same,
                null);
    }

    private void remove(GatedSession session) {
        var name = name();
        duet.start(
                "remove " + name,
                session,
                Course.LOCKS_AND_CHANGES,
                dice,
                () -> operator(session).remove(name),
                () -> SentBack.removal(duet.client(session), simulated, name).send(),
                this::same,
                null);
    }

    private void rest() {
        duet.rest();
        for (var session : real.writers) {
            var writer = open.get(session);
            if (writer != null) {
                end(session, writer);
            }
        }
    }

    private void vacuum() {
        if (!dice.oneIn(3)) {
            rest();
            real.move(dice.below(2));
        }
        real.vacuum();
        duet.tell("VACUUM");
    }

    private void backup() {
        backup = real.backup();
        simulatedBackup = simulated.tables.copy();
        duet.tell("a backup is taken");
    }

    /** All sessions end with it: nothing is under way, and no sample is left. */
    private void restore() {
        if (backup == null) {
            return;
        }
        while (!duet.underWay.isEmpty()) {
            duet.giveUp(duet.underWay.get(0));
        }
        rest();
        samples.clear();
        simulated.tables = simulatedBackup.copy();
        real.restore(backup, simulated.tables);
        duet.tell("the backup is restored");
    }

    /** The first segment that is not published, if it is not the newest, is gone while somebody asks. */
    private void hole() {
        rest();
        var segments = partition().segments;
        var next = segments.stream()
                .filter(stored -> stored.first() == partition().published + 1)
                .findFirst();
        if (next.isEmpty()) {
            return;
        }
        int at = segments.indexOf(next.get());
        segments.remove(at);
        long first = next.get().first();
        real.takeAway(first);
        duet.tell("offset " + first + " is missing");
        unpublished(real.streamers.get(0));
        real.putBack();
        segments.add(at, next.get());
        duet.tell("offset " + first + " is there again");
    }

    /** For a tag of no history. */
    static UUID foreign(Dice dice) {
        return new UUID(7, dice.next());
    }
}
