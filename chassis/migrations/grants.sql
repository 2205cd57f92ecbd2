-- What was received, and who was erased, is a trace: nobody takes it back.
REVOKE UPDATE, DELETE ON inbox, erased, erasure_key FROM running_role;
-- Which database this is, its first migration says.
REVOKE INSERT, UPDATE, DELETE ON database_identity FROM running_role;
