-- What was received, and who was erased, is a trace: nobody takes it back.
REVOKE UPDATE, DELETE ON inbox, erased, erasure_key FROM running_role;
-- Which database this is, its first migration says.
REVOKE INSERT, UPDATE, DELETE ON database_identity FROM running_role;
-- What was published is as it was; days that are over are emptied whole, by their partition.
REVOKE UPDATE ON published FROM running_role;
REVOKE INSERT, UPDATE, DELETE ON published_0, published_1, published_2, published_3, published_4, published_5,
	published_6, published_7, published_8, published_9 FROM running_role;
GRANT TRUNCATE ON published_0, published_1, published_2, published_3, published_4, published_5, published_6, published_7,
	published_8, published_9 TO running_role;
-- What agents did is only added to. Functions of the owner forget a person, follow a merge, and end what is over a year old.
REVOKE UPDATE, DELETE ON journal FROM running_role;
GRANT EXECUTE ON FUNCTION journal_forget(UUID), journal_merge(UUID, UUID),
	journal_end(TIMESTAMP WITH TIME ZONE, TIMESTAMP WITH TIME ZONE) TO running_role;
