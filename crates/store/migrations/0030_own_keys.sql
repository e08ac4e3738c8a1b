-- What more is rotated: service-specific credentials, and values of the credential store.
alter table managed_credentials add column rotated text not null default 'access_key' -- what its keys are
    constraint managed_credentials_rotated_known
        check (rotated in ('access_key', 'signing_certificate', 'service_credential', 'stored_value'));
update managed_credentials set rotated = material;
alter table managed_credentials drop column material;
alter table managed_credentials rename column rotated to material;

-- The connected account that Keystead itself reaches with this key; null where it is not Keystead's own.
alter table managed_credentials add column cloud_account_id text
    constraint managed_credentials_cloud_exists references cloud_accounts (cloud_account_id) on delete cascade;
create unique index managed_credentials_cloud_unique on managed_credentials (cloud_account_id);

-- What an endpoint was found to be able to do, JSON; null where nobody looked.
alter table managed_credentials add column capabilities text;

-- How new values of stored credentials are made and set, for those that are rotated.
create table value_setters (
    account_id text not null, -- whose it is
    credential_id text not null, -- the managed credential
    stored_credential_id text not null, -- the stored credential whose values are rotated
    settings text not null, -- where a new value is set and how it is drawn, JSON
    key_sealed bytea not null, -- what calls that set a value are signed with; never shown
    values_held text not null, -- the values in custody: which version of the stored credential each is, JSON
    constraint value_setters_pkey primary key (credential_id),
    constraint value_setters_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade,
    constraint value_setters_stored_exists foreign key (stored_credential_id)
        references stored_credentials (stored_credential_id) on delete cascade
);
create unique index value_setters_stored_unique on value_setters (stored_credential_id);
