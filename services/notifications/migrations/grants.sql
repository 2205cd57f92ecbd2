-- Who read what of a person is a trace: a merge changes whose it is (rule 5), an erasure makes it a digest's and takes
-- the reason that was given in words, retention deletes it (rule 27).
REVOKE UPDATE ON readings FROM running_role;
GRANT UPDATE (beneficiary_id, digest, why, opening) ON readings TO running_role;
-- What providers answered and who was called is written once; retention and erasure delete it.
REVOKE UPDATE ON receipts, troubles, call_tries FROM running_role;
-- What was merged follows when it is merged again; an erasure deletes it.
REVOKE UPDATE ON merged FROM running_role;
GRANT UPDATE (kept_id) ON merged TO running_role;
