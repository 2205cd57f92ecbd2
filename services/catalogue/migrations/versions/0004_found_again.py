"""Trainings are found whatever the accents; a mediator leaves on the day; codes of trainings are well formed."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = r"""
DELETE FROM training_terms;
INSERT INTO training_terms (training_id, term, weight)
SELECT said.id, stem.lexeme, max(said.weight)
FROM (
    SELECT id, title AS told, 4 AS weight FROM trainings
    UNION ALL SELECT id, array_to_string(words, ' '), 4 FROM trainings
    UNION ALL SELECT id, summary, 2 FROM trainings
    UNION ALL SELECT id, array_to_string(objectives, ' '), 1.5 FROM trainings
    UNION ALL SELECT id, code, 1 FROM trainings
    UNION ALL SELECT id, theme.said, 1.5 FROM trainings JOIN (VALUES
        ('premiers-pas', 'premiers pas'), ('courriel', 'e mail'), ('ordinateur', 'ordinateur'),
        ('texte', 'ecrire et calculer'), ('internet', 'internet'), ('connexion', 'wifi et connexion'),
        ('smartphone', 'smartphone'), ('photos', 'photos'), ('visio', 'appels video'), ('securite', 'securite'),
        ('impots', 'impots'), ('demarches', 'demarches'), ('sante', 'sante'), ('emploi', 'emploi'),
        ('famille', 'famille et ecole'), ('achats-banque', 'achats et banque'), ('loisirs', 'loisirs et culture'),
        ('environnement', 'environnement et reemploi'), ('agriculture', 'agriculture')
    ) AS theme(name, said) ON theme.name = ANY (themes)
) AS said,
    unnest(to_tsvector('french', regexp_replace(lower(unaccent(said.told)), '[^a-z0-9]+', ' ', 'g'))) AS stem
GROUP BY said.id, stem.lexeme;

ALTER TABLE mediators ADD in_post BOOLEAN NOT NULL DEFAULT true;
UPDATE mediators SET in_post = (left_on IS NULL);
ALTER TABLE mediators ALTER in_post DROP DEFAULT;

UPDATE trainings SET code = 'REPR-' || lpad(bad.number::text, 2, '0')
FROM (SELECT id, row_number() OVER (ORDER BY code) AS number FROM trainings WHERE code !~ '^[A-Z]{2,5}-[0-9]{2}$') AS bad
WHERE trainings.id = bad.id;
ALTER TABLE trainings ADD CONSTRAINT ck_trainings_code CHECK (code ~ '^[A-Z]{2,5}-[0-9]{2}$');
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n"):
        op.execute(statement)
