-- What a training said when its sessions were planned stays as it was said.
REVOKE UPDATE, DELETE ON training_versions FROM running_role;
