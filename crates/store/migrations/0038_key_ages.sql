-- How old the keys of an account are is counted by an index alone.
create index access_keys_by_age on access_keys (account_id, status, created_at);
