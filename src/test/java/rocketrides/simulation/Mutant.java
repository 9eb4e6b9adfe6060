package rocketrides.simulation;

/**
 * Known-bad variants: tempting simplifications of the protocol. Each changes the semantics of a simulated statement, or
 * wraps one of the interfaces. The simulation must catch every one of them.
 */
enum Mutant {
    NONE("the code as it is"),

    SEAL_SKIPS_LOCKED_ROWS("seal: FOR UPDATE SKIP LOCKED on the staged rows instead of the head row"),
    SEAL_OFFSETS_FROM_SEQUENCE("seal: offsets from a sequence"),
    SEAL_HEAD_FROM_SNAPSHOT("seal: next_offset as its snapshot saw it, written back absolute"),
    SEAL_MAX_PLUS_ONE("seal: max(last_offset) + 1 instead of a head row"),
    SEAL_WATERMARK("seal: everything above the highest sealed id, no delete"),
    SEAL_CHOOSES_PARTITION("seal: chooses the partition, not the stage; SKIP LOCKED on the staged rows"),
    SEQUENCE_CACHED("stage: ids from a sequence with CACHE above 1"),
    STAGED_APART("stage: ride and staged record in two transactions"),
    PUBLISHED_BEFORE_COMMIT("publish: before the seal's commit is known"),
    PUBLISHED_THOUGH_UNKNOWN("publish: what a seal returned whose commit was not answered"),
    PUBLISHED_WITHOUT_PREDECESSOR("publish: what a seal returned, whatever before it is not published"),
    REFUSAL_IS_SUCCESS("publish: any refusal of XADD counts as sent already"),
    REPLIES_UNREAD("publish: done when the pipeline is written, replies unread"),
    PRESENT_UNSEEN("publish: \"equal or smaller\" is success without a look at what is there"),
    STREAM_OF_ANOTHER_PARTITION("publish: into the stream of another partition"),
    TAG_UNCHECKED_BY_MARK("mark: the segment's tag unchecked"),
    MARK_WITHOUT_PARTITION("mark: the cursors of all partitions that stand there"),
    FLOOR_WRITERS_FIRST("floor: writers listed before the highest id is taken"),
    FLOOR_UNWAITED("floor: raised without waiting for the writers"),
    FLOOR_NEVER_LOWERED("floor: stays where it is when the sequence is set back"),
    FLOOR_OF_ANOTHER_PARTITION("floor: raised in all partitions over what is staged in one"),
    FLOOR_SURVIVES_SESSION("floor: a sample outlives its connection, and is not compared with the sequence"),
    NO_GAP_CHECK("consume: entries are counted, not compared with the checkpoint"),
    NO_IDLE_CHECK("consume: no idle check"),
    IDLE_CHECK_FROM_MEMORY("consume: the idle check trusts the checkpoint in memory"),
    EMPTY_ARCHIVE_RETRIED("consume: an empty archive answer is tried again, the checkpoint not reloaded"),
    EMPTY_ARCHIVE_SKIPPED("consume: what the archive does not have is skipped"),
    CHECKPOINT_UNCONDITIONAL("save: the checkpoint moves from wherever it stands"),
    CHECKPOINT_BELOW("save: last_offset < new instead of last_offset = old"),
    CHECKPOINT_BY_NAME("save: one checkpoint for each name, not for each partition"),
    STATE_APART("save: state and checkpoint in two transactions"),
    TAG_UNCHECKED_BY_SAVE("save: the segments' tags unchecked"),
    RETENTION_BY_AGE("retention: by age only"),
    RETENTION_NOT_PREFIX("retention: every old segment, not only a prefix"),
    RETENTION_IGNORES_CURSOR("retention: ignores the cursor"),
    RETENTION_FOR_ANOTHER_PARTITION("retention: behind the checkpoints of another partition"),
    REGISTRATION_UNLOCKED("register: without the lock that retention takes"),
    REWIND_OF_ONE_PARTITION("rewind: the state of all partitions, the checkpoint of one"),
    LAYOUT_UNLOCKED("change of partitions: without the lock on the staged records"),
    GENERATION_UNWAITED("begin: at once, not when older partitions are done"),
    GENERATION_IGNORES_STAGED("begin: when everything sealed in older partitions is applied, whatever is staged"),
    GENERATION_OVER_A_REWIND("begin: the number of rewinds not compared"),
    GENERATION_OUTLIVES_REWIND("rewind: later generations remain begun");

    final String text;

    Mutant(String text) {
        this.text = text;
    }
}
