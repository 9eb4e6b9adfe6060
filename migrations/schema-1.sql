-- Version 1 to 2: the log gets partitions, and the existing log becomes partition 0. Each step is one transaction.
-- Streamers and consumers must be stopped; the API may keep running. This step: the layout, and the small tables.
CREATE TABLE partitions (
  partition   smallint  PRIMARY KEY CHECK (partition >= 0),
  generation  smallint  NOT NULL DEFAULT 0,
  open        boolean   NOT NULL DEFAULT true
);
INSERT INTO partitions (partition) VALUES (0);
COMMENT ON TABLE partitions IS '1 partition';

ALTER TABLE log_head DROP COLUMN one, ADD COLUMN partition smallint PRIMARY KEY DEFAULT 0;
ALTER TABLE log_head ALTER partition DROP DEFAULT;
ALTER TABLE log_cursor DROP COLUMN one, ADD COLUMN partition smallint PRIMARY KEY DEFAULT 0;
ALTER TABLE log_cursor ALTER partition DROP DEFAULT;

ALTER TABLE checkpoints
  DROP CONSTRAINT checkpoints_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD COLUMN begun boolean NOT NULL DEFAULT true,
  ADD PRIMARY KEY (name, partition);
