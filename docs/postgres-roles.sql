-- The roles, once for each Postgres server, as a superuser, in the database of the log:
--   psql -d rocket_rides -f docs/postgres-roles.sql
-- Then give each a password (\password rocket_rides_api), apply the schema as rocket_rides_owner, and as the owner run
-- postgres-grants.sql. Doing it again changes nothing.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['owner', 'monitoring', 'api', 'writer', 'streamer', 'consumer', 'operator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rocket_rides_' || role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', 'rocket_rides_' || role);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), 'rocket_rides_' || role);
  END LOOP;
  EXECUTE format('ALTER DATABASE %I OWNER TO rocket_rides_owner', current_database());
  EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
GRANT CREATE, USAGE ON SCHEMA public TO rocket_rides_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Every process reads the status and the metrics that it shows.
GRANT rocket_rides_monitoring TO rocket_rides_api, rocket_rides_streamer, rocket_rides_consumer, rocket_rides_operator;
-- Rewinding a consumer does what the consumer does, and more.
GRANT rocket_rides_consumer TO rocket_rides_operator;
