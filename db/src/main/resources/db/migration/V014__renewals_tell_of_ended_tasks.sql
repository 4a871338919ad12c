-- What it returns changes: the routine that follows makes it anew.
DROP FUNCTION IF EXISTS tasker.renew_leases(text, bigint[], bigint[], interval);
