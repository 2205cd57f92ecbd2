CREATE TABLE losses (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	topic TEXT NOT NULL,
	partition INTEGER NOT NULL,
	side TEXT NOT NULL,
	first_offset BIGINT NOT NULL,
	next_offset BIGINT NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	settled_at TIMESTAMP WITH TIME ZONE,
	settled_by TEXT,
	CONSTRAINT pk_losses PRIMARY KEY (id),
	CONSTRAINT ck_losses_side CHECK (side in ('beginning', 'end'))
);
CREATE UNIQUE INDEX ix_losses_topic_partition_side_first_offset ON losses (topic, partition, side, first_offset)
	WHERE settled_at IS NULL;
