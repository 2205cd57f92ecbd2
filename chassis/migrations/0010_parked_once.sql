-- concurrently
DROP INDEX CONCURRENTLY IF EXISTS ix_parked_topic_partition_offset_record_time;
CREATE UNIQUE INDEX CONCURRENTLY ix_parked_topic_partition_offset_record_time
	ON parked (topic, partition, "offset", record_time);
