-- What a training said when its sessions were planned stays as it was said.
REVOKE UPDATE, DELETE ON training_versions FROM running_role;
-- Who put a session on, changed or cancelled it is a trace.
REVOKE UPDATE, DELETE ON session_changes FROM running_role;
