"""First tables."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE centres (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    commune_insee TEXT NOT NULL,
    phone TEXT,
    open BOOLEAN NOT NULL,
    CONSTRAINT pk_centres PRIMARY KEY (id)
);

CREATE TABLE mediators (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    phone TEXT,
    space_ids UUID[] NOT NULL,
    left_on DATE,
    CONSTRAINT pk_mediators PRIMARY KEY (id)
);

CREATE TABLE spaces (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    source_id TEXT NOT NULL,
    name TEXT NOT NULL,
    commune_insee TEXT,
    place JSONB NOT NULL,
    seats INTEGER NOT NULL,
    CONSTRAINT pk_spaces PRIMARY KEY (id),
    CONSTRAINT ck_spaces_seats CHECK (seats >= 0),
    CONSTRAINT ck_spaces_state CHECK (state in ('listed', 'closed')),
    CONSTRAINT uq_spaces_source_id UNIQUE (source_id)
);

CREATE INDEX ix_spaces_commune_insee ON spaces (commune_insee);

CREATE TABLE trainings (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    objectives TEXT[] NOT NULL,
    prerequisites TEXT NOT NULL,
    level TEXT NOT NULL,
    themes TEXT[] NOT NULL,
    thematiques TEXT[] NOT NULL,
    audiences TEXT[] NOT NULL,
    hours INTEGER NOT NULL,
    accessibility TEXT NOT NULL,
    bring TEXT NOT NULL,
    CONSTRAINT pk_trainings PRIMARY KEY (id),
    CONSTRAINT ck_trainings_hours CHECK (hours between 1 and 4),
    CONSTRAINT ck_trainings_summary CHECK (char_length(summary) <= 280),
    CONSTRAINT ck_trainings_level CHECK (level in ('débutant', 'intermédiaire', 'avancé')),
    CONSTRAINT ck_trainings_state CHECK (state in ('published', 'withdrawn')),
    CONSTRAINT uq_trainings_code UNIQUE (code)
);

CREATE TABLE labels (
    space_id UUID NOT NULL,
    valid DATERANGE NOT NULL,
    warned BOOLEAN NOT NULL,
    ended BOOLEAN NOT NULL,
    CONSTRAINT pk_labels PRIMARY KEY (space_id, valid WITHOUT OVERLAPS),
    CONSTRAINT fk_labels_space_id FOREIGN KEY(space_id) REFERENCES spaces (id)
);

CREATE TABLE sessions (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    training_id UUID NOT NULL,
    space_id UUID NOT NULL,
    mediator_id UUID NOT NULL,
    room TEXT NOT NULL,
    during TSTZRANGE NOT NULL,
    labelled_on DATERANGE,
    capacity INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    fill_version INTEGER NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT ex_room EXCLUDE USING gist (space_id WITH =, room WITH =, during WITH &&) WHERE (state = 'scheduled'),
    CONSTRAINT ex_mediator EXCLUDE USING gist (mediator_id WITH =, during WITH &&) WHERE (state = 'scheduled'),
    CONSTRAINT ck_sessions_capacity CHECK (capacity >= greatest(taken, 1)),
    CONSTRAINT ck_sessions_labelled CHECK ((state = 'scheduled') = (labelled_on is not null)),
    CONSTRAINT ck_sessions_state CHECK (state in ('scheduled', 'cancelled')),
    CONSTRAINT ck_sessions_whole_hours CHECK (extract(epoch from upper(during) - lower(during)) in (3600, 7200, 10800, 14400)),
    CONSTRAINT fk_sessions_training_id FOREIGN KEY(training_id) REFERENCES trainings (id),
    CONSTRAINT fk_sessions_space_id FOREIGN KEY(space_id) REFERENCES spaces (id),
    CONSTRAINT fk_sessions_mediator_id FOREIGN KEY(mediator_id) REFERENCES mediators (id),
    CONSTRAINT fk_sessions_label FOREIGN KEY (space_id, PERIOD labelled_on) REFERENCES labels (space_id, PERIOD valid)
);

CREATE INDEX ix_sessions_during ON sessions USING gist (during);

CREATE INDEX ix_sessions_space_id ON sessions (space_id);

CREATE INDEX ix_sessions_training_id ON sessions (training_id);
"""


def upgrade() -> None:
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement)
