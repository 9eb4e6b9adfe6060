package rocketrides.simulation;

import java.util.List;
import rocketrides.config.Settings.Delivery;
import rocketrides.log.Entry;
import rocketrides.log.LogRecord;
import rocketrides.log.Segment;
import rocketrides.simulation.Tables.Stored;

/** A segment that is being sent to the stream: one XADD after the other, each delivered separately. */
final class Pipeline extends Operation<Integer> {

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused() {
            super("OOM command not allowed when used memory > 'maxmemory'", null, false, false);
        }
    }

    private static final Refused REFUSED = new Refused();

    private final SimulatedRedis redis;
    private final SimulatedPostgres db;
    private final Segment segment;
    private final List<LogRecord> records;
    private final Stored stored;
    private int index;
    private int present;
    private boolean failed;

    Pipeline(Client client, SimulatedRedis redis, SimulatedPostgres db, Segment segment) {
        super(client, redis.inFlight);
        this.redis = redis;
        this.db = db;
        this.segment = segment;
        this.records = segment.records();
        this.stored = db.everSealed(segment.tag());
    }

    @Override
    void step() {
        if (stored == null || stored.partition != redis.partition) {
            Invariant.PHANTOM.violated("an entry of segment " + segment.firstOffset()
                    + (stored == null ? ", which is not committed" : " of another partition"));
        }
        do {
            append(records.get(index));
        } while (++index < records.size() && world.dice.oneIn(2));
        if (index < records.size()) {
            world.ready(this);
        } else if (failed) {
            fail(REFUSED);
        } else {
            answer(present);
        }
    }

    private void append(LogRecord record) {
        if (redis.refuses()) {
            failed |= !redis.is(Mutant.REFUSAL_IS_SUCCESS);
            say(record, "refused");
            return;
        }
        boolean idempotent = redis.delivery == Delivery.IDEMPOTENT;
        long millis = idempotent ? record.offset() : redis.nextMillis();
        long sequence = idempotent ? 0 : redis.nextSequence();
        if (redis.add(millis, sequence, new Entry(SimulatedRedis.id(millis, sequence), segment.id(), record))) {
            long before = (1L << index) - 1;
            stored.sent |= 1L << index | stored.doubtful & before;
            say(record, "appended");
        } else {
            present++;
            stored.doubtful |= 1L << index;
            if (passed(record)) {
                stored.sent |= 1L << index;
            }
            say(record, "equal or smaller than the top item");
        }
    }

    /** Whether the stream contains the record or a later one, of the current history of the database. */
    private boolean passed(LogRecord record) {
        for (int i = redis.items.size() - 1; i >= 0; i--) {
            var entry = redis.items.get(i).entry();
            if (entry != null
                    && entry.offset() >= record.offset()
                    && db.tables
                            .partition(redis.partition)
                            .log
                            .holds(entry.offset(), Long.parseLong(entry.record().data()))) {
                return true;
            }
        }
        return false;
    }

    private void say(LogRecord record, String outcome) {
        if (world.traced()) {
            world.say(client.name + "  XADD " + redis.partition + ":" + record.offset() + " (ride " + record.data()
                    + "): " + outcome);
        }
    }

    @Override
    void abort() {}
}
