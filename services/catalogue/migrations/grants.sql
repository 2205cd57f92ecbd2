-- What a training said when its sessions were planned stays as it was said.
REVOKE UPDATE, DELETE ON training_versions FROM running_role;
-- Who put a session on, changed or cancelled it is a trace.
REVOKE UPDATE, DELETE ON session_changes FROM running_role;
-- Who fills them from a file has their statistics renewed.
GRANT MAINTAIN ON spaces, trainings, training_terms TO running_role;
