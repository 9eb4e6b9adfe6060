-- The tables of the shipped application: rides, the state of its consumers, and the sums of the audit. Applied after
-- schema.sql, in the same transaction.

-- The rides: every total is compared with this table. Distances are exact, in metres.
CREATE TABLE IF NOT EXISTS rides (
  id          bigserial      PRIMARY KEY,
  distance    numeric(12, 3) NOT NULL CHECK (distance > 0 AND distance <= 100000000),  -- NaN is above every number
  created_at  timestamptz    NOT NULL DEFAULT now()
);

-- Guarantee: one Idempotency-Key never books two rides. A key is written by the statement that writes its ride, and
-- belongs to the request that commits it first. The fingerprint distinguishes a repeated request from another one with
-- the same key. Expired keys are deleted in the background.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  key          text COLLATE "C"  PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint  bytea             NOT NULL,
  ride         bigint            NOT NULL,
  created_at   timestamptz       NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS idempotency_keys_created_at ON idempotency_keys (created_at);

-- The state of the shipped consumers: a row for each consumer and partition. What retention had deleted before the
-- consumer was registered is stored as missed, in the row of the first partition, so that the audit does not count it
-- as lost.
CREATE TABLE IF NOT EXISTS total_distances (
  consumer         text      NOT NULL,
  rides            bigint    NOT NULL,
  total_distance   numeric   NOT NULL,
  missed_rides     bigint    NOT NULL DEFAULT 0,
  missed_distance  numeric   NOT NULL DEFAULT 0,
  partition        smallint  NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer, partition)
) WITH (fillfactor = 50);

-- The rest belongs to the audit: derived sums, so that an audit need not add up tens of millions of rows.

-- Sums of blocks of rides. Each block has the same number of rows, however far apart their ids are. No ride with an id
-- in a block can still appear, so a block stays correct unless somebody changes the past. To detect that, the auditor
-- recounts one block after the other. It deletes blocks if a sequence that was set back assigns their ids again.
CREATE TABLE IF NOT EXISTS ride_sums (
  after_id    bigint       PRIMARY KEY,
  upto_id     bigint       NOT NULL CHECK (upto_id > after_id),
  rides       bigint       NOT NULL,
  distance    numeric      NOT NULL,
  counted_at  timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- Sums of blocks of whole segments of a partition, in the order of offsets and without gaps. A block has a limited
-- number of records and bytes, or is one segment. Blocks that a consumer has still to read are recounted like those of
-- rides. The records of other blocks may have been deleted by retention.
CREATE TABLE IF NOT EXISTS log_sums (
  first_offset  bigint       NOT NULL,
  last_offset   bigint       NOT NULL CHECK (last_offset >= first_offset),
  rides         bigint       NOT NULL,
  distance      numeric      NOT NULL,
  counted_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
  partition     smallint     NOT NULL DEFAULT 0,
  PRIMARY KEY (partition, first_offset)
);

-- The sum of a segment's records without the first ones. A record counts if it is a created ride with a distance above
-- 0: consumers ignore or reject all others. OFFSET 0 prevents the planner from parsing each record twice.
CREATE OR REPLACE FUNCTION records_total(records text, skipped bigint, OUT rides bigint, OUT distance numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT count(*), coalesce(sum(d), 0)
    FROM (SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END AS d
            FROM (SELECT substr(line, 13)::jsonb -> 'distance' AS v
                    FROM string_to_table(records, E'\n') WITH ORDINALITY AS l (line, n)
                   WHERE n > skipped AND starts_with(line, E'create\tride\t') OFFSET 0) p OFFSET 0) q
   WHERE d > 0
$$;

-- The functions below are STABLE: each reads with the snapshot of the calling statement, so their results belong
-- together. They use indexes, whatever size the planner assumes for the tables.

-- All rides: the blocks, and each ride after them. A block above the sequence is no longer complete.
CREATE OR REPLACE FUNCTION rides_total(OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  SELECT b.rides + r.rides, b.distance + r.distance
    FROM (SELECT coalesce(sum(rides), 0)::bigint AS rides, coalesce(sum(distance), 0) AS distance,
                 coalesce(max(upto_id), 0) AS upto_id FROM ride_sums
           WHERE upto_id <= (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM rides_id_seq)) b
   CROSS JOIN LATERAL (SELECT count(*) AS rides, coalesce(sum(distance), 0) AS distance
                         FROM rides WHERE id > b.upto_id) r
$$;

-- All staged records, including those at or below the floor: the streamer lowers a floor that is above a staged record.
CREATE OR REPLACE FUNCTION staged_total(OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  SELECT count(*), coalesce(sum(d), 0)
    FROM (SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END AS d
            FROM (SELECT data -> 'distance' AS v FROM staged_log_records
                   WHERE action = 'create' AND object = 'ride' OFFSET 0) p OFFSET 0) q
   WHERE d > 0
$$;

-- All sealed records of a partition after an offset: the blocks after it, and each record before and after the blocks.
CREATE OR REPLACE FUNCTION log_total(part smallint, past bigint, OUT rides bigint, OUT distance numeric)
LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  WITH blocks AS MATERIALIZED (
    SELECT coalesce(sum(rides), 0)::bigint AS rides, coalesce(sum(distance), 0) AS distance,
           min(first_offset) AS first_offset, max(last_offset) AS last_offset
      FROM log_sums WHERE partition = part AND first_offset > past
  ), single AS (
    SELECT first_offset, last_offset, records FROM log_segments
     WHERE partition = part
       AND first_offset >= coalesce((SELECT max(first_offset) FROM log_segments
                                      WHERE partition = part AND first_offset <= past + 1), 0)
       AND first_offset < coalesce((SELECT first_offset FROM blocks), 9223372036854775807)
    UNION ALL
    SELECT first_offset, last_offset, records FROM log_segments
     WHERE partition = part AND first_offset > (SELECT last_offset FROM blocks)
  ), counted AS (
    SELECT coalesce(sum(r.rides), 0)::bigint AS rides, coalesce(sum(r.distance), 0) AS distance
      FROM single s CROSS JOIN LATERAL records_total(s.records, past - s.first_offset + 1) r
     WHERE s.last_offset > past
  )
  SELECT b.rides + c.rides, b.distance + c.distance FROM blocks b CROSS JOIN counted c
$$;
