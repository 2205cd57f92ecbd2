CREATE TABLE erased (
	digest BYTEA NOT NULL,
	erased_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_erased PRIMARY KEY (digest)
);
CREATE TABLE erasure_key (
	single BOOLEAN DEFAULT true NOT NULL,
	key BYTEA NOT NULL,
	CONSTRAINT pk_erasure_key PRIMARY KEY (single),
	CONSTRAINT ck_erasure_key_single CHECK (single)
);
