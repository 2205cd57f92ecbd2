CREATE TABLE journal (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	act TEXT NOT NULL,
	reading BOOLEAN NOT NULL,
	agent TEXT NOT NULL,
	agent_name TEXT NOT NULL,
	role TEXT NOT NULL,
	centre_id UUID,
	subject TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	person_id UUID,
	facts JSONB NOT NULL,
	CONSTRAINT pk_journal PRIMARY KEY (id),
	CONSTRAINT ck_journal_role CHECK (role in ('administrator', 'prescriber', 'mediator', 'resident')),
	CONSTRAINT ck_journal_agent CHECK ((agent = '') = (role = 'resident'))
);
CREATE INDEX ix_journal_at ON journal (at, id);
CREATE INDEX ix_journal_agent ON journal (agent, at);
CREATE INDEX ix_journal_person_id ON journal (person_id, at) WHERE person_id IS NOT NULL;
