-- How often a key was used on a day, of UTC, for as long as people look back.
create table key_uses_by_day (
    account_id text not null, -- the account of the key
    access_key_id text not null, -- the key
    day bigint not null, -- days since 1970
    uses bigint not null, -- accepted uses
    constraint key_uses_by_day_pkey primary key (access_key_id, day)
);
create index key_uses_by_day_most on key_uses_by_day (account_id, day, uses);
create index key_uses_by_day_old on key_uses_by_day (day);

-- What ends soon is found among very many.
create index signing_certificates_by_end on signing_certificates (account_id, expires_at);
create index server_certificates_by_end on server_certificates (account_id, expires_at);
create index login_profiles_by_change on login_profiles (account_id, changed_at);
