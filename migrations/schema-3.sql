-- Version 1 to 2, the last step, in one transaction with schema.sql: the table of staged records, and the functions,
-- which get their bodies from schema.sql. Privileges to call stage_record are kept.
CREATE FUNCTION partition_of(key text) RETURNS smallint LANGUAGE sql STABLE AS 'SELECT 0::smallint';
ALTER TABLE staged_log_records
  DROP CONSTRAINT staged_log_records_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD PRIMARY KEY (partition, id);
ALTER TABLE staged_log_records ALTER partition SET DEFAULT partition_of(NULL);
DROP INDEX IF EXISTS staged_log_records_large;

CREATE FUNCTION stage_record(action text, object text, data jsonb, key text DEFAULT NULL, wake boolean DEFAULT true)
RETURNS void LANGUAGE sql AS '';
DO $$
DECLARE
  caller text;
BEGIN
  FOR caller IN
    SELECT grantee::regrole FROM pg_proc, aclexplode(proacl)
     WHERE oid = 'stage_record(text, text, jsonb, boolean)'::regprocedure AND grantee NOT IN (0, proowner)
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION stage_record(text, text, jsonb, text, boolean) TO %s', caller);
  END LOOP;
END $$;
DROP FUNCTION stage_record(text, text, jsonb, boolean);
