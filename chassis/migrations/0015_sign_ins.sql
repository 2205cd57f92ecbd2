CREATE TABLE known_accounts (
	account_id UUID NOT NULL,
	version INTEGER NOT NULL,
	kind TEXT NOT NULL,
	valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_known_accounts PRIMARY KEY (account_id)
);
CREATE TABLE ended_sign_ins (
	sign_in_id UUID NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_ended_sign_ins PRIMARY KEY (sign_in_id)
);
