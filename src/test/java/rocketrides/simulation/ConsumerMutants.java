package rocketrides.simulation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import rocketrides.consumer.Checkpoints;
import rocketrides.log.Segment;
import rocketrides.log.SegmentId;
import rocketrides.log.SegmentStore;

/** Wrappers that make a consumer break one of its rules. */
final class ConsumerMutants {
    private ConsumerMutants() {}

    static Checkpoints decorate(Mutant mutant, Checkpoints checkpoints) {
        return switch (mutant) {
            case IDLE_CHECK_FROM_MEMORY, EMPTY_ARCHIVE_SKIPPED -> new Remembering(mutant, checkpoints);
            default -> checkpoints;
        };
    }

    static SegmentStore decorate(Mutant mutant, SegmentStore archive, Checkpoints checkpoints, Client client) {
        return switch (mutant) {
            case EMPTY_ARCHIVE_RETRIED ->
                new Archive(archive) {
                    @Override
                    public Future<List<Segment>> read(long offset, int limit) {
                        return archive.read(offset, limit)
                                .compose(found -> held(found, offset)
                                        ? Future.succeededFuture(found)
                                        : Future.<Void>future(later -> client.after(1_000_000, later::complete))
                                                .compose(waited -> read(offset, limit)));
                    }
                };
            case EMPTY_ARCHIVE_SKIPPED ->
                new Archive(archive) {
                    @Override
                    public Future<List<Segment>> read(long offset, int limit) {
                        return archive.read(offset, limit)
                                .compose(found -> held(found, offset)
                                        ? Future.succeededFuture(found)
                                        : ((Remembering) checkpoints)
                                                .skip(offset)
                                                .map(found));
                    }
                };
            default -> archive;
        };
    }

    private static boolean held(List<Segment> found, long offset) {
        return found.stream().anyMatch(segment -> segment.firstOffset() <= offset && offset <= segment.lastOffset());
    }

    /** Remembers the state that the consumer assumes. */
    private static final class Remembering implements Checkpoints {
        private final Mutant mutant;
        private final Checkpoints checkpoints;
        private long offset = -1;
        private long head;

        Remembering(Mutant mutant, Checkpoints checkpoints) {
            this.mutant = mutant;
            this.checkpoints = checkpoints;
        }

        @Override
        public Future<Void> register() {
            return checkpoints.register();
        }

        @Override
        public Future<Optional<Checkpoint>> load() {
            return checkpoints.load().map(stored -> stored.map(this::remembered));
        }

        private Checkpoint remembered(Checkpoint stored) {
            head = Math.max(head, stored.head());
            if (offset < 0) {
                offset = stored.offset();
            }
            return mutant == Mutant.IDLE_CHECK_FROM_MEMORY
                    ? new Checkpoint(offset, stored.redisId(), stored.head(), stored.begun())
                    : stored;
        }

        @Override
        public Future<Saved> save(Batch batch) {
            return checkpoints.save(batch).onSuccess(saved -> {
                if (saved.outcome() == Saved.Outcome.DONE) {
                    offset = batch.to();
                }
            });
        }

        /** Skips the missing records. */
        Future<Saved> skip(long missing) {
            return head < missing
                    ? Future.succeededFuture()
                    : checkpoints.save(new Batch(missing - 1, head, "0-0", List.of(), List.of(), 0, 1));
        }

        @Override
        public Future<Void> countCrash() {
            return checkpoints.countCrash();
        }
    }

    private abstract static class Archive implements SegmentStore {
        private final SegmentStore archive;

        Archive(SegmentStore archive) {
            this.archive = archive;
        }

        @Override
        public int partition() {
            return archive.partition();
        }

        @Override
        public Future<List<Segment>> unpublished(int limit) {
            return archive.unpublished(limit);
        }

        @Override
        public Future<Boolean> mark(Segment segment) {
            return archive.mark(segment);
        }

        @Override
        public Future<Boolean> holds(SegmentId segment) {
            return archive.holds(segment);
        }

        @Override
        public Future<Integer> retain(Duration age) {
            return archive.retain(age);
        }
    }
}
