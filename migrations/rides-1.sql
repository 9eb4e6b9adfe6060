-- Version 1 to 2: the state and the sums of each partition.
ALTER TABLE total_distances
  DROP CONSTRAINT total_distances_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD PRIMARY KEY (consumer, partition);
ALTER TABLE log_sums
  DROP CONSTRAINT log_sums_pkey,
  ADD COLUMN partition smallint NOT NULL DEFAULT 0,
  ADD PRIMARY KEY (partition, first_offset);
DROP FUNCTION log_total(bigint);
