-- The ledger is a trace. A merge and an erasure change whose a line is (rules 5 and 27), retention for which booking.
REVOKE UPDATE, DELETE ON ledger FROM running_role;
GRANT UPDATE (beneficiary_id, booking_id) ON ledger TO running_role;
-- So is the way of a file: a merge changes whose it is, an erasure deletes it.
REVOKE UPDATE ON file_moves FROM running_role;
GRANT UPDATE (beneficiary_id) ON file_moves TO running_role;
