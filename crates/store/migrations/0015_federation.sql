-- Issuers of OpenID Connect tokens that accounts trust.
create table oidc_providers (
    account_id text not null, -- the account that trusts it
    url text not null, -- the issuer its tokens name, without https://
    client_ids text not null, -- JSON list of who its tokens may be for
    thumbprints text not null, -- JSON list of SHA-1 of certificates of its server
    pinned_keys text, -- the issuer's JSON Web Key Set as the operator pinned it; null: it is fetched
    created_at bigint not null, -- when it was made
    constraint oidc_providers_pkey primary key (account_id, url),
    constraint oidc_providers_account_exists foreign key (account_id) references accounts (account_id)
);

-- Providers of SAML assertions that accounts trust.
create table saml_providers (
    account_id text not null, -- the account that trusts it
    provider_id text not null, -- 32 characters of base32, never used again
    name text not null, -- as given
    metadata text not null, -- XML as uploaded
    encryption text not null, -- whether assertions must be encrypted: Allowed or Required
    valid_until bigint not null, -- until when the metadata holds
    created_at bigint not null, -- when it was made
    constraint saml_providers_pkey primary key (provider_id),
    constraint saml_providers_encryption_known check (encryption in ('Allowed', 'Required')),
    constraint saml_providers_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index saml_providers_name_unique on saml_providers (account_id, name);

-- Private keys that encrypted assertions of a provider are read with.
create table saml_private_keys (
    account_id text not null, -- the account of the provider
    provider_id text not null, -- the provider whose assertions it reads
    key_id text not null, -- 32 characters of base32
    private_key_sealed bytea not null, -- PEM as uploaded; never shown again
    added_at bigint not null, -- when it was added
    constraint saml_private_keys_pkey primary key (provider_id, key_id),
    constraint saml_private_keys_provider_exists foreign key (provider_id) references saml_providers (provider_id)
);

-- The issuers that accounts are to others: each gives its account's principals tokens about themselves.
create table issuers (
    account_id text not null, -- whose it is
    issuer_id text not null, -- a UUID that ends its address; it stays when the issuer is switched off
    enabled bigint not null, -- 1 while it gives tokens; its keys stay published
    constraint issuers_pkey primary key (account_id),
    constraint issuers_id_unique unique (issuer_id),
    constraint issuers_account_exists foreign key (account_id) references accounts (account_id)
);

-- The keys that issuers sign tokens with, one for each algorithm.
create table issuer_keys (
    account_id text not null, -- whose issuer it belongs to
    key_id text not null, -- names the key in a token's header
    algorithm text not null, -- RS256 or ES384
    public_key text not null, -- the JSON Web Key that others verify with
    private_key_sealed bytea not null, -- of RSA as PKCS #1 has it, of a curve as PKCS #8 has it
    created_at bigint not null, -- when it was made
    constraint issuer_keys_pkey primary key (account_id, key_id),
    constraint issuer_keys_algorithm_unique unique (account_id, algorithm),
    constraint issuer_keys_issuer_exists foreign key (account_id) references issuers (account_id)
);

-- Which session tokens the global endpoint gives out.
alter table accounts add column token_version bigint not null default 1; -- 1 or 2
