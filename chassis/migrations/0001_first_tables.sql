CREATE TABLE idempotency (
	subject TEXT NOT NULL, 
	key TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	status INTEGER DEFAULT '0' NOT NULL, 
	body TEXT DEFAULT '' NOT NULL, 
	location TEXT DEFAULT '' NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (subject, key)
);
CREATE INDEX ix_idempotency_at ON idempotency (at);
CREATE TABLE inbox (
	event_id UUID NOT NULL, 
	topic TEXT NOT NULL, 
	heard_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_inbox PRIMARY KEY (event_id)
);
CREATE TABLE outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	event_id UUID NOT NULL, 
	topic TEXT NOT NULL, 
	key TEXT NOT NULL, 
	headers JSONB NOT NULL, 
	body BYTEA, 
	said_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id)
);
CREATE TABLE parked (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	topic TEXT NOT NULL, 
	partition INTEGER NOT NULL, 
	"offset" BIGINT NOT NULL, 
	key BYTEA, 
	header_names TEXT[] NOT NULL, 
	header_values BYTEA[] NOT NULL, 
	body BYTEA, 
	event_id UUID, 
	error TEXT NOT NULL, 
	state TEXT DEFAULT 'waiting' NOT NULL, 
	parked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	settled_by TEXT, 
	CONSTRAINT pk_parked PRIMARY KEY (id), 
	CONSTRAINT uq_parked_topic_partition_offset UNIQUE (topic, partition, "offset"), 
	CONSTRAINT ck_parked_state CHECK (state in ('waiting', 'replayed', 'discarded'))
);
CREATE INDEX ix_parked_topic_key ON parked (topic, key) WHERE state = 'waiting';
