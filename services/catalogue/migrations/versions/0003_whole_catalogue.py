"""Search, versions of trainings, corrections of places, rooms, skills, series."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = """
ALTER TABLE trainings
    ADD words TEXT[] NOT NULL DEFAULT '{}', ADD by_page BOOLEAN NOT NULL DEFAULT false,
    ADD changed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now();
ALTER TABLE trainings ALTER words DROP DEFAULT, ALTER by_page DROP DEFAULT, ALTER changed_at DROP DEFAULT;
CREATE INDEX ix_trainings_changed_at ON trainings (changed_at);

CREATE TABLE training_versions (
    training_id UUID NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    text JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_training_versions PRIMARY KEY (training_id, version),
    CONSTRAINT fk_training_versions_training_id FOREIGN KEY(training_id) REFERENCES trainings (id)
);
INSERT INTO training_versions (training_id, version, state, text, at, by)
SELECT id, version, state, to_jsonb(trainings) - '{id,version,state,by_page,changed_at}'::text[], changed_at, 'fichier des formations'
FROM trainings;

CREATE TABLE training_terms (
    training_id UUID NOT NULL,
    term TEXT NOT NULL,
    weight REAL NOT NULL,
    CONSTRAINT pk_training_terms PRIMARY KEY (training_id, term),
    CONSTRAINT fk_training_terms_training_id FOREIGN KEY(training_id) REFERENCES trainings (id)
);
CREATE INDEX ix_training_terms_term ON training_terms (term, training_id, weight);
INSERT INTO training_terms (training_id, term, weight)
SELECT trainings.id, stem.lexeme, 2
FROM trainings, unnest(to_tsvector('french', unaccent(title || ' ' || summary || ' ' || array_to_string(objectives, ' ')))) AS stem;

ALTER TABLE spaces
    ADD corrections JSONB NOT NULL DEFAULT '{}', ADD latitude DOUBLE PRECISION, ADD longitude DOUBLE PRECISION,
    ADD rooms TEXT[] NOT NULL DEFAULT '{}', ADD list_name TEXT, ADD missing_since DATE,
    ADD changed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now();
ALTER TABLE spaces ALTER corrections DROP DEFAULT, ALTER rooms DROP DEFAULT, ALTER changed_at DROP DEFAULT;
UPDATE spaces SET latitude = (place->>'latitude')::float8, longitude = (place->>'longitude')::float8;
CREATE INDEX ix_spaces_changed_at ON spaces (changed_at);
CREATE INDEX ix_spaces_list_name ON spaces (list_name);

ALTER TABLE mediators ADD skills TEXT[] NOT NULL DEFAULT '{}';
ALTER TABLE mediators ALTER skills DROP DEFAULT;

ALTER TABLE sessions
    ADD training_version INTEGER, ADD reason TEXT NOT NULL DEFAULT '',
    ADD changed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now();
UPDATE sessions SET training_version = trainings.version FROM trainings WHERE trainings.id = training_id;
ALTER TABLE sessions
    ALTER training_version SET NOT NULL, ALTER reason DROP DEFAULT, ALTER changed_at DROP DEFAULT,
    ADD CONSTRAINT fk_sessions_training_id_training_version FOREIGN KEY(training_id, training_version) REFERENCES training_versions (training_id, version);
DROP INDEX ix_sessions_space_id;
DROP INDEX ix_sessions_training_id;
CREATE INDEX ix_sessions_training_id ON sessions (training_id, during);
CREATE INDEX ix_sessions_space_id ON sessions (space_id, during);
CREATE INDEX ix_sessions_mediator_id ON sessions (mediator_id, during);
CREATE INDEX ix_sessions_soonest ON sessions (during, id);
CREATE INDEX ix_sessions_changed_at ON sessions (changed_at, id);

CREATE TABLE series (
    id UUID NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    session_ids UUID[] NOT NULL,
    left_out JSONB NOT NULL,
    CONSTRAINT pk_series PRIMARY KEY (id)
);
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n"):
        op.execute(statement)
