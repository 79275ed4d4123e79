-- What the owner and the application may do in the register's database; run it as a superuser, in
-- that database, before the first `looptijd init` and after each one. It can be repeated.
--
-- looptijd_owner owns the database and runs `looptijd init`, and nothing else.
-- looptijd       is the daemon and every other command. It makes, changes and drops no table, and of
--                the ledger it can only read and append.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO looptijd_owner;
GRANT USAGE ON SCHEMA public TO looptijd;

-- No table of a session's own, and no schema before public, comes in the place of the register's:
-- a search path of a role's own would win over the database's.
DO $$
DECLARE
    here text := current_database();
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', here);
    EXECUTE format('ALTER DATABASE %I SET search_path = public', here);
    EXECUTE format('ALTER ROLE looptijd_owner IN DATABASE %I SET search_path = public', here);
    EXECUTE format('ALTER ROLE looptijd IN DATABASE %I SET search_path = public', here);
END $$;

-- Every table, also one of a later release, is append-only …
ALTER DEFAULT PRIVILEGES FOR ROLE looptijd_owner IN SCHEMA public
    GRANT SELECT, INSERT ON TABLES TO looptijd;
ALTER DEFAULT PRIVILEGES FOR ROLE looptijd_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO looptijd;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO looptijd;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO looptijd;

-- … but for these, which are folds of the ledger, work in progress, or what may be erased.
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT * FROM (VALUES
            ('agreement', 'UPDATE'),
            ('facts', 'UPDATE'),
            ('occurrence', 'UPDATE, DELETE'),
            ('office', 'UPDATE'),
            ('message', 'UPDATE'),
            ('register', 'UPDATE'),
            ('heartbeat', 'UPDATE, DELETE'),
            ('private', 'DELETE')
        ) AS granted(name, rights)
        WHERE to_regclass('public.' || name) IS NOT NULL
    LOOP
        EXECUTE format('GRANT %s ON public.%I TO looptijd', item.rights, item.name);
    END LOOP;
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE ALL ON public.alembic_version FROM looptijd;
        GRANT SELECT ON public.alembic_version TO looptijd;
    END IF;
END $$;
