-- Who read a record is a trace: a merge changes whose record it is (rule 5), an erasure makes it a past one, of a digest,
-- and retention deletes both (rule 27).
REVOKE UPDATE ON readings, past_readings FROM running_role;
GRANT UPDATE (beneficiary_id) ON readings TO running_role;
-- Who asked, why and when stays as it was said.
REVOKE UPDATE ON erasure_requests FROM running_role;
GRANT UPDATE (beneficiary_id, id_digests, name_digest, withdrawn_at, withdrawn_by, executed_at)
    ON erasure_requests TO running_role;
-- A correction is answered by booking; an erasure deletes it.
REVOKE UPDATE ON changes FROM running_role;
GRANT UPDATE (confirmed_at, done) ON changes TO running_role;
-- What was merged follows when it is merged again; an erasure deletes it.
REVOKE UPDATE ON merges FROM running_role;
GRANT UPDATE (kept_id) ON merges TO running_role;
-- An erasure is answered by each service and closed, which forgets of whom it was; its number stays.
REVOKE UPDATE, DELETE ON erasures FROM running_role;
GRANT UPDATE (beneficiary_id, prescription_at, catalogue_at, booking_at, notifications_at, closed_at)
    ON erasures TO running_role;
-- Figures of nobody are only added.
REVOKE UPDATE, DELETE ON past_figures FROM running_role;
