-- Endpoints of clouds other than AWS's own, as the operator registered them.
create table cloud_endpoints (
    name text not null, -- what tenants call it
    provider text not null, -- which cloud's protocols it speaks: aws
    url text not null, -- where it answers; {service} and {region} stand for what is asked
    partition_id text not null, -- the first part of its ARNs, for example aws
    region text not null, -- where its regions are asked for
    names_owners bigint not null, -- 1 if its word about account numbers is good enough to name an owner
    created_at bigint not null, -- when it was registered
    constraint cloud_endpoints_pkey primary key (name),
    constraint cloud_endpoints_names_owners_known check (names_owners in (0, 1))
);

-- The accounts at clouds that are connected, each to one account here.
create table cloud_accounts (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- its id
    name text not null, -- for people, unique in the account
    provider text not null, -- which cloud: aws
    endpoint text not null, -- aws, aws-cn or aws-us-gov, or the name of a registered one
    number text not null, -- its account number at the cloud; never changes
    kind text not null, -- what its present credentials are: access_key or role
    version bigint not null, -- counts its credentials
    principal_arn text not null, -- who its credentials are at the cloud
    external_id text not null, -- what a role at the cloud has to ask for; drawn here
    connected_by text not null, -- ARN of who connected it
    created_at bigint not null, -- when it was connected
    updated_at bigint not null, -- when its credentials were last changed
    discover_at bigint, -- when it is to be looked through next
    constraint cloud_accounts_pkey primary key (cloud_account_id),
    constraint cloud_accounts_kind_known check (kind in ('access_key', 'role')),
    constraint cloud_accounts_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index cloud_accounts_number_unique on cloud_accounts (endpoint, number);
create unique index cloud_accounts_name_unique on cloud_accounts (account_id, name);

-- The credentials of connected accounts: those in use, and the ones before until they are proved unused.
create table cloud_credentials (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    version bigint not null, -- counts up; the connected account says which is in use
    kind text not null, -- access_key or role
    access_key_id text, -- the key; null where a role is assumed with the installation's own
    secret_sealed bytea, -- its secret; never shown
    role_arn text, -- the role to assume
    certificate text, -- X.509 certificate, PEM
    private_key_sealed bytea, -- its key, PEM
    principal_arn text not null, -- who these are at the cloud
    created_by text not null, -- ARN of who gave them
    created_at bigint not null, -- when they were proved and taken
    replaced_at bigint, -- when others took their place
    constraint cloud_credentials_pkey primary key (cloud_account_id, version),
    constraint cloud_credentials_kind_known check (kind in ('access_key', 'role')),
    constraint cloud_credentials_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);

-- What a role at a cloud has to ask for, before it is connected: drawn here, so that no tenant chooses it.
create table cloud_external_ids (
    account_id text not null, -- who it was drawn for
    external_id text not null, -- the external id
    created_at bigint not null, -- when it was drawn
    constraint cloud_external_ids_pkey primary key (account_id),
    constraint cloud_external_ids_account_exists foreign key (account_id) references accounts (account_id)
);

-- The keys of the installation itself at clouds, with which it assumes the roles of tenants.
create table cloud_identities (
    endpoint text not null, -- aws, aws-cn or aws-us-gov, or the name of a registered one
    access_key_id text not null, -- the key
    secret_sealed bytea not null, -- its secret; never shown
    principal_arn text not null, -- who it is at the cloud, for trust policies
    created_at bigint not null, -- when it was set
    constraint cloud_identities_pkey primary key (endpoint)
);
