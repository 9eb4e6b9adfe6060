-- The tables of the log. The application's tables follow in its own files. If the database has another version of these
-- files, or none, a start applies all of them in one transaction; applying them again changes nothing. Existing tables
-- are compared with those that the files create (servers/Schema.java).

-- The partitions. Each has a head, a cursor, segments with its own offsets, and a checkpoint of each consumer. The
-- first start creates them. New records go into the open partitions; elsewhere the default is the first one, 0. To
-- change their number, lay_out_partitions closes the open ones and creates a new generation.
CREATE TABLE IF NOT EXISTS partitions (
  partition   smallint  PRIMARY KEY CHECK (partition >= 0),
  generation  smallint  NOT NULL DEFAULT 0,
  open        boolean   NOT NULL DEFAULT true
);

-- Guarantee: records with the same key are in the same partition, so they keep their order. This function chooses the
-- partition; it is the default of the column. Without a key, all records of a statement go into one partition. This body
-- is for a log with the partition 0 only; use_open_partitions replaces it. It reads no table, so the planner makes it a
-- part of the statement: with one partition it costs nothing. And a statement that was planned before the partitions
-- changed is planned again.
CREATE OR REPLACE FUNCTION partition_of(key text) RETURNS smallint LANGUAGE sql STABLE AS 'SELECT 0::smallint';

-- Guarantee: nothing rolled back is ever in the log. A record is written in the transaction of the change that it
-- describes, and deleted by the statement that seals it. The id sequence must count upwards, and must not cache (CACHE
-- 1, the default) or cycle: a session with cached low ids would stage a later record before an earlier one. The size of
-- a record is limited, so the size of a batch is limited, too. The table is a queue, so it is vacuumed eagerly.
CREATE TABLE IF NOT EXISTS staged_log_records (
  id         bigserial    CONSTRAINT id_must_be_above_0 CHECK (id > 0),
  action     text         NOT NULL CHECK (action ~ '^[a-z_]+$' AND length(action) <= 64),
  object     text         NOT NULL CHECK (object ~ '^[a-z_]+$' AND length(object) <= 64),
  data       jsonb        NOT NULL,
  data_size  integer      NOT NULL GENERATED ALWAYS AS (octet_length(data::text)) STORED  -- bytes
                          CONSTRAINT data_must_not_exceed_1048576_bytes CHECK (data_size <= 1048576),
  staged_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),  -- set by the table, so every writer has it
  partition  smallint     NOT NULL DEFAULT partition_of(NULL),
  PRIMARY KEY (partition, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_insert_threshold = -1, vacuum_truncate = off);
-- The large records. Without any, 10,000 records fit into a segment, and a seal need not add up sizes.
CREATE INDEX IF NOT EXISTS staged_log_records_large ON staged_log_records (partition, id) WHERE data_size > 400;

-- Stages a record from any language, in the writer's own transaction:
--   SELECT stage_record('create', 'payment', '{"id": 1, "amount": 7.25}');
-- Records with the same key keep their order: key => 'customer 7'. The function wakes the streamers when the
-- transaction commits. A transaction that notifies holds a server-wide lock until its commit is on disk. So a writer
-- that stages thousands of records a second should pass wake => false; its records then wait for the streamer's
-- poll-interval. The function runs as the owner of the tables, so a role that may only execute it can stage records and
-- do nothing else.
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

-- Guarantee: in each partition, offsets are dense and each is assigned once. A seal locks the row of its partition, and
-- moves it in the transaction that writes the segment. The floor is there for speed: only records above it are sealed.
-- No record is staged at or below it, unless somebody has set the id sequence back. Then the streamer lowers the floor,
-- which is always safe.
CREATE TABLE IF NOT EXISTS log_head (
  next_offset  bigint    NOT NULL DEFAULT 1,
  floor        bigint    NOT NULL DEFAULT 0,
  partition    smallint  PRIMARY KEY
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- How far the log has been published. This is a hint: if it is behind, records are sent twice.
CREATE TABLE IF NOT EXISTS log_cursor (
  published  bigint    NOT NULL DEFAULT 0,
  partition  smallint  PRIMARY KEY
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Guarantee: the log is durable here; Redis may lose anything at any time. Segments are only inserted, except that
-- retention deletes a prefix. Each record is one line: action TAB object TAB data (jsonb as text has no raw tab or
-- newline). The tag distinguishes this segment from one with the same offsets in a history that a restore or a failover
-- has abandoned.
CREATE TABLE IF NOT EXISTS log_segments (
  first_offset  bigint       NOT NULL,
  last_offset   bigint       NOT NULL CHECK (last_offset >= first_offset),
  tag           uuid         NOT NULL DEFAULT gen_random_uuid(),
  sealed_at     timestamptz  NOT NULL DEFAULT clock_timestamp(),
  records       text         NOT NULL,
  partition     smallint     NOT NULL DEFAULT 0,
  PRIMARY KEY (partition, first_offset)
) WITH (autovacuum_vacuum_scale_factor = 0.02);  -- deleted segments slow down the search for the first one
ALTER TABLE log_segments ALTER records SET STORAGE EXTERNAL;  -- fast to write and read; not compressed

-- The log as rows, for people: SELECT * FROM log_records WHERE "offset" BETWEEN 1 AND 10;
CREATE OR REPLACE VIEW log_records AS
  SELECT s.first_offset + l.ordinality - 1 AS "offset",
         split_part(l.line, E'\t', 1) AS action,
         split_part(l.line, E'\t', 2) AS object,
         split_part(l.line, E'\t', 3)::jsonb AS data,
         s.first_offset AS segment,
         s.partition
    FROM log_segments s, string_to_table(s.records, E'\n') WITH ORDINALITY AS l (line, ordinality);

-- Guarantee: every record is applied exactly once by every consumer. A consumer has a row for each partition. The
-- statement that changes the consumer's state moves the row from exactly one offset to the next, and only if the row
-- has begun. It begins when the consumer has applied everything in the partitions of older generations, so records with
-- one key keep their order when the number of partitions changes. The counters are for people.
CREATE TABLE IF NOT EXISTS checkpoints (
  name                text      CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  projection          text      NOT NULL,  -- only this projection can apply records to the state, or reset it
  last_offset         bigint    NOT NULL,
  last_redis_id       text      NOT NULL DEFAULT '0-0',
  duplicates_skipped  bigint    NOT NULL DEFAULT 0,
  gaps_healed         bigint    NOT NULL DEFAULT 0,
  simulated_crashes   bigint    NOT NULL DEFAULT 0,
  rejected            bigint    NOT NULL DEFAULT 0,
  rewinds             bigint    NOT NULL DEFAULT 0,  -- shows a consumer that it was rewound
  partition           smallint  NOT NULL DEFAULT 0,
  begun               boolean   NOT NULL DEFAULT true,
  PRIMARY KEY (name, partition)
) WITH (fillfactor = 50);

-- Guarantee: a record that a consumer cannot read is stored here. It is not lost and does not block the log.
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

-- The members: each process, for each role that it takes part in, with the time of its last beat. For people, and to
-- share the roles. A missing, old or wrong row delays work by some seconds, but loses no record.
CREATE TABLE IF NOT EXISTS members (
  id       text         NOT NULL,
  role     text         NOT NULL,
  seen_at  timestamptz  NOT NULL,
  PRIMARY KEY (id, role)
) WITH (fillfactor = 50);

-- The owners of the roles. They avoid double work, but guarantee nothing: two owners at once, or one that was paused
-- for an hour, are harmless because of the head row, the checkpoints and the tags. A row whose time is over can be
-- taken by any member.
CREATE TABLE IF NOT EXISTS assignments (
  role       text         NOT NULL,
  partition  smallint     NOT NULL,
  owner      text,         -- a member's id; null if the last owner has released it
  until      timestamptz,
  PRIMARY KEY (role, partition)
) WITH (fillfactor = 50);

-- Makes a consumer's save fail without any effect: the checkpoint was elsewhere (RR001), or an applied segment is not
-- of this history (RR002).
CREATE OR REPLACE FUNCTION refuse_save(code text, reason text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason;
END $$;

-- The number of staged records, and the time of the oldest one. Counts only the oldest "most" records of each
-- partition: the result "most" means that many or more.
CREATE OR REPLACE FUNCTION staged_backlog(most bigint, OUT records bigint, OUT since timestamptz)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
  SELECT least(count(*), most), min(s.staged_at)
    FROM log_head h CROSS JOIN LATERAL (
      SELECT staged_at FROM staged_log_records WHERE partition = h.partition ORDER BY id LIMIT most) s
$$;

-- Makes what depends on the open partitions agree with them: the function that chooses one, and the comment from which a
-- start reads their number without a lock on the table.
CREATE OR REPLACE FUNCTION use_open_partitions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first integer;
  number integer;
BEGIN
  SELECT min(partition), count(*) INTO first, number FROM partitions WHERE open;
  EXECUTE format('COMMENT ON TABLE partitions IS %L', number || CASE number WHEN 1 THEN ' partition' ELSE ' partitions' END);
  EXECUTE format('CREATE OR REPLACE FUNCTION partition_of(key text) RETURNS smallint LANGUAGE sql STABLE AS %L', format(
    CASE number WHEN 1 THEN 'SELECT %s::smallint' ELSE
      'SELECT (%s + mod(CASE WHEN key IS NULL THEN (extract(epoch FROM statement_timestamp()) * 1000000)::bigint
                             ELSE (''x'' || left(md5(key), 8))::bit(32)::bigint END, %s))::smallint' END, first, number));
END $$;

-- Creates the partitions of a log that has none, or changes their number: closes the open ones, and creates this number
-- of new ones. The lock waits for every transaction that has staged a record. Whoever stages one later waits for the
-- lock, and then finds the new partitions. So in each closed partition, everything is older than in the new ones.
CREATE OR REPLACE FUNCTION lay_out_partitions(number integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7001);  -- meanwhile no consumer is registered, rewound or removed
  LOCK TABLE staged_log_records IN SHARE ROW EXCLUSIVE MODE;
  IF number = (SELECT count(*) FROM partitions WHERE open) THEN
    RETURN;
  END IF;
  UPDATE partitions SET open = false WHERE open;
  INSERT INTO partitions (partition, generation)
    SELECT coalesce(l.partition, -1) + n, coalesce(l.generation, -1) + 1
      FROM (SELECT max(partition) AS partition, max(generation) AS generation FROM partitions) l
     CROSS JOIN generate_series(1, number) n;
  INSERT INTO log_head (partition) SELECT partition FROM partitions ON CONFLICT DO NOTHING;
  INSERT INTO log_cursor (partition) SELECT partition FROM partitions ON CONFLICT DO NOTHING;
  INSERT INTO checkpoints (name, projection, last_offset, partition, begun)
    SELECT c.name, c.projection, 0, p.partition, false
      FROM (SELECT DISTINCT name, projection FROM checkpoints) c CROSS JOIN partitions p WHERE p.open;
  PERFORM use_open_partitions();
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT FROM partitions) THEN
    PERFORM use_open_partitions();
  END IF;
END $$;
