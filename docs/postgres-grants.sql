-- What each role may do, and nothing else. As rocket_rides_owner, after the schema, and again after each upgrade:
--   psql -U rocket_rides_owner -d rocket_rides -f docs/postgres-grants.sql

-- The log's tables, schema.sql.

-- Monitoring: the status, the metrics, the audit, the log.
GRANT SELECT ON partitions, staged_log_records, log_head, log_cursor, log_segments, log_records, checkpoints,
  rejected_records, members, assignments TO rocket_rides_monitoring;

-- Every process renews its membership, and its leases.
GRANT INSERT, UPDATE, DELETE ON members TO rocket_rides_api, rocket_rides_streamer, rocket_rides_consumer;
GRANT INSERT, UPDATE, DELETE ON assignments TO rocket_rides_api, rocket_rides_streamer, rocket_rides_consumer;

-- Stages records, which it can neither change nor delete.
GRANT INSERT ON staged_log_records TO rocket_rides_api;
GRANT USAGE ON SEQUENCE staged_log_records_id_seq TO rocket_rides_api;

-- Stages records and nothing else: for programs in any language. See stage_record in schema.sql.
GRANT EXECUTE ON FUNCTION stage_record TO rocket_rides_writer, rocket_rides_api;

-- Seals, publishes, marks, and deletes old segments.
GRANT DELETE ON staged_log_records TO rocket_rides_streamer;
GRANT SELECT ON SEQUENCE staged_log_records_id_seq TO rocket_rides_streamer;
GRANT UPDATE ON log_head, log_cursor TO rocket_rides_streamer;
GRANT INSERT, DELETE ON log_segments TO rocket_rides_streamer;

-- Applies records.
GRANT INSERT, UPDATE ON checkpoints TO rocket_rides_consumer;
GRANT INSERT ON rejected_records TO rocket_rides_consumer;

-- Rewinds and removes consumers.
GRANT DELETE ON checkpoints, rejected_records TO rocket_rides_operator;

-- The application's tables, rides.sql. An application with its own tables grants privileges on them here.

GRANT SELECT ON rides, total_distances, ride_sums, log_sums TO rocket_rides_monitoring;
GRANT SELECT ON SEQUENCE rides_id_seq TO rocket_rides_monitoring;

-- Any process may run the audit, and then stores its sums.
GRANT INSERT, UPDATE, DELETE ON ride_sums, log_sums TO rocket_rides_api, rocket_rides_streamer, rocket_rides_consumer;

-- Books rides.
GRANT INSERT ON rides TO rocket_rides_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO rocket_rides_api;
GRANT USAGE ON SEQUENCE rides_id_seq TO rocket_rides_api;

-- Adds up distances.
GRANT INSERT, UPDATE ON total_distances TO rocket_rides_consumer;
GRANT DELETE ON total_distances TO rocket_rides_operator;
