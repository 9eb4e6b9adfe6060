-- The only DDL of Rocket Rides log. Applied in one transaction, by a start that finds another version of it, or none; doing it
-- again changes nothing. Existing tables are compared with what it makes (servers/Schema.java).

-- What the business is about, and what every total is checked against. Distances are exact metres.
CREATE TABLE IF NOT EXISTS rides (
  id          bigserial      PRIMARY KEY,
  distance    numeric(12, 3) NOT NULL CHECK (distance > 0 AND distance <= 100000000),  -- NaN is above every number
  created_at  timestamptz    NOT NULL DEFAULT now()
);

-- Guarantee: one Idempotency-Key never makes two rides. A key is written by the statement that writes its ride, and
-- belongs to whoever commits it first; the fingerprint tells a repeated request from another one with the same key.
-- Deleted in the background when its time is over.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key          text COLLATE "C"  PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint  bytea             NOT NULL,
  ride         bigint            NOT NULL,
  created_at   timestamptz       NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS idempotency_keys_created_at ON idempotency_keys (created_at);

-- Guarantee: nothing rolled back is ever in the log. Written by the same statement as the ride, deleted by the
-- statement that seals it. The id sequence must count upwards, and must not cache (CACHE 1, the default) or cycle: a
-- session that kept low ids back would stage a later ride before an earlier one. A record's size is limited, so that
-- every batch of records has a limited size, too. Vacuumed eagerly, because the table is a queue.
CREATE TABLE IF NOT EXISTS staged_log_records (
  id         bigserial    PRIMARY KEY CONSTRAINT id_must_be_above_0 CHECK (id > 0),
  action     text         NOT NULL CHECK (action ~ '^[a-z_]+$' AND length(action) <= 64),
  object     text         NOT NULL CHECK (object ~ '^[a-z_]+$' AND length(object) <= 64),
  data       jsonb        NOT NULL,
  data_size  integer      NOT NULL GENERATED ALWAYS AS (octet_length(data::text)) STORED  -- bytes
                          CONSTRAINT data_must_not_exceed_1048576_bytes CHECK (data_size <= 1048576),
  staged_at  timestamptz  NOT NULL DEFAULT clock_timestamp()  -- stamped by the table, so every writer's records have it
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_insert_threshold = -1, vacuum_truncate = off);
-- Those that are not small: without one of them, 10,000 records fit into a segment, and a seal need not add up sizes.
CREATE INDEX IF NOT EXISTS staged_log_records_large ON staged_log_records (id) WHERE data_size > 400;

-- Guarantee: offsets are dense and each is given once. The row is locked by whoever seals, and moves in the
-- transaction that writes the segment. The floor is there for speed: only records above it are sealed. Nothing is staged
-- at or below it, unless somebody has set the id sequence back: then the streamer lowers it, which is always right.
CREATE TABLE IF NOT EXISTS log_head (
  one          boolean  PRIMARY KEY DEFAULT true CHECK (one),
  next_offset  bigint   NOT NULL DEFAULT 1,
  floor        bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- A hint, never a truth: how far the log has been published. When it is behind, records are sent twice.
CREATE TABLE IF NOT EXISTS log_cursor (
  one        boolean  PRIMARY KEY DEFAULT true CHECK (one),
  published  bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Guarantee: the durable log; Redis may forget anything, at any time. Insert-only but for retention, which deletes a
-- prefix. One line for each record: action TAB object TAB data (jsonb text holds no raw tab or newline). The tag
-- tells this segment from one with the same offsets in a history that a restore or a failover has abandoned.
CREATE TABLE IF NOT EXISTS log_segments (
  first_offset  bigint       PRIMARY KEY,
  last_offset   bigint       NOT NULL CHECK (last_offset >= first_offset),
  tag           uuid         NOT NULL DEFAULT gen_random_uuid(),
  sealed_at     timestamptz  NOT NULL DEFAULT clock_timestamp(),
  records       text         NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);  -- what retention has deleted stands in the way of finding the beginning
ALTER TABLE log_segments ALTER records SET STORAGE EXTERNAL;  -- fast to write and read; not compressed

-- The log as people like to read it: SELECT * FROM log_records WHERE "offset" BETWEEN 1 AND 10;
CREATE OR REPLACE VIEW log_records AS
  SELECT s.first_offset + l.ordinality - 1 AS "offset",
         split_part(l.line, E'\t', 1) AS action,
         split_part(l.line, E'\t', 2) AS object,
         split_part(l.line, E'\t', 3)::jsonb AS data,
         s.first_offset AS segment
    FROM log_segments s, string_to_table(s.records, E'\n') WITH ORDINALITY AS l (line, ordinality);

-- Guarantee: every record is applied exactly once by every consumer. Moves from exactly one offset to the next in
-- the statement that changes the consumer's own state. The counters are for people.
CREATE TABLE IF NOT EXISTS checkpoints (
  name                text    PRIMARY KEY CHECK (name ~ '^[a-z0-9_-]{1,64}$'),
  projection          text    NOT NULL DEFAULT 'total_distance',  -- whose state it is: only that one can apply or reset it
  last_offset         bigint  NOT NULL,
  last_redis_id       text    NOT NULL DEFAULT '0-0',
  duplicates_skipped  bigint  NOT NULL DEFAULT 0,
  gaps_healed         bigint  NOT NULL DEFAULT 0,
  simulated_crashes   bigint  NOT NULL DEFAULT 0,
  rejected            bigint  NOT NULL DEFAULT 0,
  rewinds             bigint  NOT NULL DEFAULT 0,  -- tells a consumer whose checkpoint went back that this was wanted
  missed_rides        bigint  NOT NULL DEFAULT 0,  -- deleted by retention before this consumer was registered
  missed_distance     numeric NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The state of the shipped consumer, one row for each consumer's name.
CREATE TABLE IF NOT EXISTS total_distances (
  consumer        text     PRIMARY KEY,
  rides           bigint   NOT NULL,
  total_distance  numeric  NOT NULL
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
  PRIMARY KEY (consumer, "offset")
);

-- Ends a consumer's save as if it had never begun: the checkpoint was elsewhere (RR001), or a segment that was
-- applied is not of this history (RR002).
CREATE OR REPLACE FUNCTION refuse_save(code text, reason text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason;
END $$;

-- What follows is the audit's: sums that are derived, so that nobody adds up tens of millions of rows to compare books.

-- Blocks of rides that have been added up, each as many rows, however far apart their ids are. No ride with an id in a
-- block is still to come, so a block is right for ever unless somebody changes the past; the auditor recounts one block
-- after the other to see that, and drops the blocks whose ids a sequence that was set back gives out again.
CREATE TABLE IF NOT EXISTS ride_sums (
  after_id    bigint       PRIMARY KEY,
  upto_id     bigint       NOT NULL CHECK (upto_id > after_id),
  rides       bigint       NOT NULL,
  distance    numeric      NOT NULL,
  counted_at  timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- Blocks of whole segments, in the order of offsets and with nothing between them; of a limited number of records and of
-- bytes, or of one segment. Those that a consumer has still to read are recounted like the rides; of the others retention
-- may have deleted the records.
CREATE TABLE IF NOT EXISTS log_sums (
  first_offset  bigint       PRIMARY KEY,
  last_offset   bigint       NOT NULL CHECK (last_offset >= first_offset),
  rides         bigint       NOT NULL,
  distance      numeric      NOT NULL,
  counted_at    timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- What a segment's records add up to, but for the first ones. A record counts if it says that a ride was created and
-- has a distance above 0: consumers ignore or reject all others. OFFSET 0 keeps the planner from parsing each twice.
CREATE OR REPLACE FUNCTION records_total(records text, skipped bigint, OUT rides bigint, OUT distance numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT count(*), coalesce(sum(d), 0)
    FROM (SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END AS d
            FROM (SELECT substr(line, 13)::jsonb -> 'distance' AS v
                    FROM string_to_table(records, E'\n') WITH ORDINALITY AS l (line, n)
                   WHERE n > skipped AND starts_with(line, E'create\tride\t') OFFSET 0) p OFFSET 0) q
   WHERE d > 0
$$;

-- The functions below are STABLE: each reads on the snapshot of the statement that calls it, so what they say fits
-- together. They go by index, whatever the planner believes about the size of the past.

-- All rides: the blocks, and one by one the rides after them. A block past the sequence is not complete any more.
CREATE OR REPLACE FUNCTION rides_total(OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  SELECT b.rides + r.rides, b.distance + r.distance
    FROM (SELECT coalesce(sum(rides), 0)::bigint AS rides, coalesce(sum(distance), 0) AS distance,
                 coalesce(max(upto_id), 0) AS upto_id FROM ride_sums
           WHERE upto_id <= (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM rides_id_seq)) b
   CROSS JOIN LATERAL (SELECT count(*) AS rides, coalesce(sum(distance), 0) AS distance
                         FROM rides WHERE id > b.upto_id) r
$$;

-- All staged records, also those at or below the floor: the streamer lowers a floor that stands above one.
CREATE OR REPLACE FUNCTION staged_total(OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  SELECT count(*), coalesce(sum(d), 0)
    FROM (SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END AS d
            FROM (SELECT data -> 'distance' AS v FROM staged_log_records
                   WHERE action = 'create' AND object = 'ride' OFFSET 0) p OFFSET 0) q
   WHERE d > 0
$$;

-- How many records are staged, and since when. Looks at "most" records only, the oldest: "most" means that or more.
CREATE OR REPLACE FUNCTION staged_backlog(most bigint, OUT records bigint, OUT since timestamptz)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
  SELECT count(*), min(staged_at) FROM (SELECT staged_at FROM staged_log_records ORDER BY id LIMIT most) s
$$;

-- All sealed records past an offset: the blocks past it, and one by one the records before and after them.
CREATE OR REPLACE FUNCTION log_total(past bigint, OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  WITH blocks AS MATERIALIZED (
    SELECT coalesce(sum(rides), 0)::bigint AS rides, coalesce(sum(distance), 0) AS distance,
           min(first_offset) AS first_offset, max(last_offset) AS last_offset
      FROM log_sums WHERE first_offset > past
  ), single AS (
    SELECT first_offset, last_offset, records FROM log_segments
     WHERE first_offset >= coalesce((SELECT max(first_offset) FROM log_segments WHERE first_offset <= past + 1), 0)
       AND first_offset < coalesce((SELECT first_offset FROM blocks), 9223372036854775807)
    UNION ALL
    SELECT first_offset, last_offset, records FROM log_segments
     WHERE first_offset > (SELECT last_offset FROM blocks)
  ), counted AS (
    SELECT coalesce(sum(r.rides), 0)::bigint AS rides, coalesce(sum(r.distance), 0) AS distance
      FROM single s CROSS JOIN LATERAL records_total(s.records, past - s.first_offset + 1) r
     WHERE s.last_offset > past
  )
  SELECT b.rides + c.rides, b.distance + c.distance FROM blocks b CROSS JOIN counted c
$$;

INSERT INTO log_head DEFAULT VALUES ON CONFLICT DO NOTHING;
INSERT INTO log_cursor DEFAULT VALUES ON CONFLICT DO NOTHING;
