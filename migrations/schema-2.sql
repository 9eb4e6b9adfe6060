-- Version 1 to 2. This step: the tables that may be large. Each gets a new index.
ALTER TABLE log_segments
  DROP CONSTRAINT log_segments_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD PRIMARY KEY (partition, first_offset);
ALTER TABLE rejected_records
  DROP CONSTRAINT rejected_records_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD PRIMARY KEY (consumer, partition, "offset");
