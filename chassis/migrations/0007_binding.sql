CREATE TABLE database_identity (
	single BOOLEAN DEFAULT true NOT NULL,
	id UUID DEFAULT gen_random_uuid() NOT NULL,
	CONSTRAINT pk_database_identity PRIMARY KEY (single),
	CONSTRAINT ck_database_identity_single CHECK (single)
);
INSERT INTO database_identity DEFAULT VALUES;
CREATE TABLE positions (
	topic TEXT NOT NULL,
	partition INTEGER NOT NULL,
	next BIGINT NOT NULL,
	CONSTRAINT pk_positions PRIMARY KEY (topic, partition)
);
