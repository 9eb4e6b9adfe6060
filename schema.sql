-- The tables of the log. Those of an application follow in texts of its own. A start that finds another version of the texts,
-- or none, applies all of them in one transaction; doing it again changes nothing. Existing tables are compared with what the
-- texts make (servers/Schema.java).

-- The partitions: each has a head, a cursor, segments with offsets of its own, and a checkpoint of each consumer. They are
-- laid out by the first start. Where a statement by hand says no partition, it means the first one, 0. New records go into
-- the open ones; a later layout is a generation of its own.
CREATE TABLE IF NOT EXISTS partitions (
  partition   smallint  PRIMARY KEY CHECK (partition >= 0),
  generation  smallint  NOT NULL DEFAULT 0,
  open        boolean   NOT NULL DEFAULT true
);

-- Guarantee: records of one key are in one partition, so they keep their order. Whoever stages chooses the partition by this
-- function: it is the default of the column. Without a key, all records of a statement go into one partition. Runs as the
-- tables' owner, so that a writer need not read the layout.
CREATE OR REPLACE FUNCTION partition_of(key text) RETURNS smallint
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  layout smallint[] := ARRAY(SELECT p.partition FROM partitions p WHERE p.open ORDER BY p.partition);
BEGIN
  RETURN layout[1 + CASE
    WHEN cardinality(layout) = 1 THEN 0
    WHEN key IS NULL THEN mod((extract(epoch FROM statement_timestamp()) * 1000000)::bigint, cardinality(layout))::integer
    ELSE mod(('x' || left(md5(key), 8))::bit(32)::bigint, cardinality(layout))::integer END];
END $$;
DO $$ BEGIN  -- so that no caller can put a table of theirs in the way
  EXECUTE format('ALTER FUNCTION partition_of SET search_path = %I, pg_temp', current_schema());
END $$;

-- Guarantee: nothing rolled back is ever in the log. A record is written in the transaction of what it tells about, and
-- deleted by the statement that seals it. The id sequence must count upwards, and must not cache (CACHE 1, the default) or
-- cycle: a session that kept low ids back would stage a later record before an earlier one. A record's size is limited, so
-- that every batch of records has a limited size, too. Vacuumed eagerly, because the table is a queue.
CREATE TABLE IF NOT EXISTS staged_log_records (
  id         bigserial    CONSTRAINT id_must_be_above_0 CHECK (id > 0),
  action     text         NOT NULL CHECK (action ~ '^[a-z_]+$' AND length(action) <= 64),
  object     text         NOT NULL CHECK (object ~ '^[a-z_]+$' AND length(object) <= 64),
  data       jsonb        NOT NULL,
  data_size  integer      NOT NULL GENERATED ALWAYS AS (octet_length(data::text)) STORED  -- bytes
                          CONSTRAINT data_must_not_exceed_1048576_bytes CHECK (data_size <= 1048576),
  staged_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),  -- stamped by the table, so every writer's records have it
  partition  smallint     NOT NULL DEFAULT partition_of(NULL),
  PRIMARY KEY (partition, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_insert_threshold = -1, vacuum_truncate = off);
-- Those that are not small: without one of them, 10,000 records fit into a segment, and a seal need not add up sizes.
CREATE INDEX IF NOT EXISTS staged_log_records_large ON staged_log_records (partition, id) WHERE data_size > 400;

-- Stages a record from any language, in the writer's own transaction:
--   SELECT stage_record('create', 'payment', '{"id": 1, "amount": 7.25}');
-- Records with the same key keep their order: key => 'customer 7'. It wakes the streamers when that commits. A transaction
-- that notifies holds one lock of the whole server until its commit is on disk. Who stages thousands a second says wake =>
-- false, and the record waits for the streamer's poll-interval.
-- Runs as the tables' owner, so a role with nothing but EXECUTE can stage, and can do nothing else.
CREATE OR REPLACE FUNCTION stage_record(
  action text, object text, data jsonb, key text DEFAULT NULL, wake boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  problem text := CASE
    WHEN action IS NULL OR action !~ '^[a-z_]{1,64}$'
      THEN format('action is %s, allowed are 1 to 64 of a-z and _', coalesce(quote_literal(left(action, 80)), 'NULL'))
    WHEN object IS NULL OR object !~ '^[a-z_]{1,64}$'
      THEN format('object is %s, allowed are 1 to 64 of a-z and _', coalesce(quote_literal(left(object, 80)), 'NULL'))
    WHEN data IS NULL THEN 'data is NULL, allowed is a JSON value'
    WHEN octet_length(data::text) > 1048576
      THEN format('data has %s bytes, allowed are 1048576', octet_length(data::text)) END;
BEGIN
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'stage_record: ' || problem;
  END IF;
  INSERT INTO staged_log_records (action, object, data, partition) VALUES (action, object, data, partition_of(key));
  IF wake THEN
    PERFORM pg_notify('staged_log_records', '');
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION stage_record FROM PUBLIC;
DO $$ BEGIN  -- so that no caller can put a table of theirs in the way
  EXECUTE format('ALTER FUNCTION stage_record SET search_path = %I, pg_temp', current_schema());
END $$;

-- Guarantee: in each partition, offsets are dense and each is given once. Its row is locked by whoever seals, and moves in the
-- transaction that writes the segment. The floor is there for speed: only records above it are sealed. Nothing is staged
-- at or below it, unless somebody has set the id sequence back: then the streamer lowers it, which is always right.
CREATE TABLE IF NOT EXISTS log_head (
  next_offset  bigint    NOT NULL DEFAULT 1,
  floor        bigint    NOT NULL DEFAULT 0,
  partition    smallint  PRIMARY KEY
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- A hint, never a truth: how far the log has been published. When it is behind, records are sent twice.
CREATE TABLE IF NOT EXISTS log_cursor (
  published  bigint    NOT NULL DEFAULT 0,
  partition  smallint  PRIMARY KEY
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Guarantee: the durable log; Redis may forget anything, at any time. Insert-only but for retention, which deletes a
-- prefix. One line for each record: action TAB object TAB data (jsonb text holds no raw tab or newline). The tag
-- tells this segment from one with the same offsets in a history that a restore or a failover has abandoned.
CREATE TABLE IF NOT EXISTS log_segments (
  first_offset  bigint       NOT NULL,
  last_offset   bigint       NOT NULL CHECK (last_offset >= first_offset),
  tag           uuid         NOT NULL DEFAULT gen_random_uuid(),
  sealed_at     timestamptz  NOT NULL DEFAULT clock_timestamp(),
  records       text         NOT NULL,
  partition     smallint     NOT NULL DEFAULT 0,
  PRIMARY KEY (partition, first_offset)
) WITH (autovacuum_vacuum_scale_factor = 0.02);  -- what retention has deleted stands in the way of finding the beginning
ALTER TABLE log_segments ALTER records SET STORAGE EXTERNAL;  -- fast to write and read; not compressed

-- The log as people like to read it: SELECT * FROM log_records WHERE "offset" BETWEEN 1 AND 10;
CREATE OR REPLACE VIEW log_records AS
  SELECT s.first_offset + l.ordinality - 1 AS "offset",
         split_part(l.line, E'\t', 1) AS action,
         split_part(l.line, E'\t', 2) AS object,
         split_part(l.line, E'\t', 3)::jsonb AS data,
         s.first_offset AS segment,
         s.partition
    FROM log_segments s, string_to_table(s.records, E'\n') WITH ORDINALITY AS l (line, ordinality);

-- Guarantee: every record is applied exactly once by every consumer. A consumer has a row for each partition. It moves from
-- exactly one offset to the next in the statement that changes the consumer's own state. The counters are for people.
CREATE TABLE IF NOT EXISTS checkpoints (
  name                text      CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  projection          text      NOT NULL,  -- whose state it is: only that one can apply or reset it
  last_offset         bigint    NOT NULL,
  last_redis_id       text      NOT NULL DEFAULT '0-0',
  duplicates_skipped  bigint    NOT NULL DEFAULT 0,
  gaps_healed         bigint    NOT NULL DEFAULT 0,
  simulated_crashes   bigint    NOT NULL DEFAULT 0,
  rejected            bigint    NOT NULL DEFAULT 0,
  rewinds             bigint    NOT NULL DEFAULT 0,  -- tells a consumer whose checkpoint went back that this was wanted
  partition           smallint  NOT NULL DEFAULT 0,
  PRIMARY KEY (name, partition)
) WITH (fillfactor = 50);

-- Guarantee: a record that a consumer cannot use is set aside, never lost, and never blocks the log.
CREATE TABLE IF NOT EXISTS rejected_records (
  consumer     text         NOT NULL,
  "offset"     bigint       NOT NULL,
  reason       text         NOT NULL,
  action       text         NOT NULL,
  object       text         NOT NULL,
  data         text         NOT NULL,
  rejected_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
  partition    smallint     NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer, partition, "offset")
);

-- Who is there: each process, for each role that it takes part in, with the time of its last sign of life. For people, and to
-- share the roles. A row that is missing, too old or wrong costs some seconds, never a record.
CREATE TABLE IF NOT EXISTS members (
  id       text         NOT NULL,
  role     text         NOT NULL,
  seen_at  timestamptz  NOT NULL,
  PRIMARY KEY (id, role)
) WITH (fillfactor = 50);

-- Who does what. Saves double work, and guarantees nothing: two owners at once, or one that was paused for an hour, are what
-- the head row, the checkpoints and the tags are there for. A row whose time is over belongs to whoever takes it.
CREATE TABLE IF NOT EXISTS assignments (
  role       text         NOT NULL,
  partition  smallint     NOT NULL,
  owner      text,         -- a member's id; null if the last owner has given it back
  until      timestamptz,
  PRIMARY KEY (role, partition)
) WITH (fillfactor = 50);

-- Ends a consumer's save as if it had never begun: the checkpoint was elsewhere (RR001), or a segment that was
-- applied is not of this history (RR002).
CREATE OR REPLACE FUNCTION refuse_save(code text, reason text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason;
END $$;

-- How many records are staged, and since when. Looks at "most" records of each partition only, the oldest: "most" means that
-- or more.
CREATE OR REPLACE FUNCTION staged_backlog(most bigint, OUT records bigint, OUT since timestamptz)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
  SELECT least(count(*), most), min(s.staged_at)
    FROM log_head h CROSS JOIN LATERAL (
      SELECT staged_at FROM staged_log_records WHERE partition = h.partition ORDER BY id LIMIT most) s
$$;
