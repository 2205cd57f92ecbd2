-- oldest: 0002_erased
ALTER TABLE parked DROP CONSTRAINT uq_parked_topic_partition_offset;
