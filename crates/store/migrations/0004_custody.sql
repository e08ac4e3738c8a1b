-- Credentials that are rotated.
create table managed_credentials (
    account_id text not null, -- whose it is
    credential_id text not null, -- its id
    name text not null, -- for people, unique in the account
    kind text not null, -- embedded: a key of this authority; remote: of another one
    endpoint text, -- where the remote authority answers
    region text, -- for which region its calls are signed
    user_name text not null, -- the user whose keys are rotated
    owner_id text, -- the unique id of that user, once known
    current_access_key_id text not null, -- the key that consumers should use
    schedule_days bigint, -- rotate this many days after the last time; null is by hand only
    profile text not null, -- how careful a rotation is, by name
    created_at bigint not null, -- when it was made
    updated_at bigint not null, -- when it was last changed
    constraint managed_credentials_pkey primary key (credential_id),
    constraint managed_credentials_kind_known check (kind in ('embedded', 'remote')),
    constraint managed_credentials_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index managed_credentials_name_unique on managed_credentials (account_id, name);

-- Sealed copies of the secrets of managed credentials, for delivery to consumers.
create table custody_copies (
    account_id text not null, -- whose it is
    credential_id text not null, -- the credential
    access_key_id text not null, -- the key
    secret_sealed bytea not null, -- revealed to enrolled consumers only
    created_at bigint not null, -- when it was taken into custody
    constraint custody_copies_pkey primary key (credential_id, access_key_id),
    constraint custody_copies_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);

-- Applications that use a managed credential.
create table consumers (
    account_id text not null, -- whose it is
    consumer_id text not null, -- its id
    credential_id text not null, -- what it uses
    name text not null, -- for people, unique in the credential
    kind text not null, -- how it gets its key
    app_id text, -- the application id it is seen with
    required bigint not null, -- 1 if a rotation waits for it
    token_hash bytea, -- of the token it fetches its key with
    serving_access_key_id text not null, -- the key it is given from now on
    applied_access_key_id text, -- the key it has said it uses
    applied_at bigint, -- when it said so
    created_at bigint not null, -- when it was enrolled
    constraint consumers_pkey primary key (consumer_id),
    constraint consumers_required_known check (required in (0, 1)),
    constraint consumers_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);
create unique index consumers_name_unique on consumers (credential_id, name);
create unique index consumers_token_unique on consumers (token_hash);

-- How long a consumer may go on using a key it was given.
create table leases (
    account_id text not null, -- whose it is
    consumer_id text not null, -- the consumer
    access_key_id text not null, -- the key
    issued_at bigint not null, -- when it was last given out
    expires_at bigint not null, -- the latest end that was ever promised
    constraint leases_pkey primary key (consumer_id, access_key_id),
    constraint leases_consumer_exists foreign key (consumer_id)
        references consumers (consumer_id) on delete cascade
);
