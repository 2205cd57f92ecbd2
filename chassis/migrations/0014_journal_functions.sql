CREATE FUNCTION journal_forget(person UUID) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE public.journal SET person_id = NULL, facts = facts - 'why' WHERE person_id = person;
$$;

CREATE FUNCTION journal_merge(merged UUID, retained UUID) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE public.journal SET person_id = retained WHERE person_id = merged;
$$;

CREATE FUNCTION journal_end(readings TIMESTAMP WITH TIME ZONE, acts TIMESTAMP WITH TIME ZONE) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM public.journal
	WHERE at < now() - INTERVAL '1 year' AND at < CASE WHEN reading THEN readings ELSE acts END;
$$;

REVOKE ALL ON FUNCTION journal_forget(UUID) FROM PUBLIC;

REVOKE ALL ON FUNCTION journal_merge(UUID, UUID) FROM PUBLIC;

REVOKE ALL ON FUNCTION journal_end(TIMESTAMP WITH TIME ZONE, TIMESTAMP WITH TIME ZONE) FROM PUBLIC;
