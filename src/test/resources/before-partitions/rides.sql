-- The tables of the shipped application, rides: what is booked, what its consumers compute, and the sums of the audit. Applied
-- after schema.sql, in the same transaction.

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

-- The state of the shipped consumer, one row for each consumer's name. What retention had deleted before the consumer was
-- registered is noted as missed, so that the audit can tell it from what was lost.
CREATE TABLE IF NOT EXISTS total_distances (
  consumer         text     PRIMARY KEY,
  rides            bigint   NOT NULL,
  total_distance   numeric  NOT NULL,
  missed_rides     bigint   NOT NULL DEFAULT 0,
  missed_distance  numeric  NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

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
