-- concurrently
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_parked_key ON parked USING hash (key) WHERE state = 'waiting';
DROP INDEX CONCURRENTLY IF EXISTS ix_parked_topic_key;
