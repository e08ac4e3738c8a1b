-- Certificates that users and root users sign with.
create table signing_certificates (
    account_id text not null, -- the account it belongs to
    certificate_id text not null, -- 32 characters of base32
    owner_id text not null, -- a user id, or the account id for one of the root user
    body text not null, -- PEM, byte for byte as uploaded
    fingerprint bytea not null, -- SHA-256 of the DER form
    subject text not null, -- whom it was issued to
    serial text not null, -- its serial number in hexadecimal digits
    expires_at bigint not null, -- when it ends
    status text not null, -- Active or Inactive
    uploaded_at bigint not null, -- when it was uploaded
    constraint signing_certificates_pkey primary key (certificate_id),
    constraint signing_certificates_status_known check (status in ('Active', 'Inactive')),
    constraint signing_certificates_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index signing_certificates_fingerprint_unique on signing_certificates (account_id, fingerprint);
create index signing_certificates_by_owner on signing_certificates (account_id, owner_id);

-- Certificates of servers with their sealed private keys.
create table server_certificates (
    account_id text not null, -- the account it belongs to
    certificate_id text not null, -- ASCA…, never used again
    name text not null, -- as given
    name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    body text not null, -- PEM as uploaded
    chain text, -- PEM of the certificates above it; null is none
    private_key_sealed bytea not null, -- PEM as uploaded; never shown again
    expires_at bigint not null, -- when it ends
    uploaded_at bigint not null, -- when it was uploaded
    constraint server_certificates_pkey primary key (certificate_id),
    constraint server_certificates_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index server_certificates_name_unique on server_certificates (account_id, name_folded);

-- SSH public keys of users.
create table ssh_public_keys (
    account_id text not null, -- the account it belongs to
    public_key_id text not null, -- APKA…
    user_id text not null, -- whose it is
    body text not null, -- as uploaded
    digest bytea not null, -- SHA-256 of the key itself, however it was written
    status text not null, -- Active or Inactive
    uploaded_at bigint not null, -- when it was uploaded
    constraint ssh_public_keys_pkey primary key (public_key_id),
    constraint ssh_public_keys_status_known check (status in ('Active', 'Inactive')),
    constraint ssh_public_keys_user_exists foreign key (user_id) references users (user_id)
);
create unique index ssh_public_keys_digest_unique on ssh_public_keys (user_id, digest);

-- Names and passwords that users have for one service.
create table service_credentials (
    account_id text not null, -- the account it belongs to
    credential_id text not null, -- ACCA…
    user_id text not null, -- whose it is
    service text not null, -- the service it is for
    service_user_name text not null, -- what the service knows the user by, even after the user was renamed
    service_user_name_folded text not null, -- in lower case, as it is compared
    password_hash bytea not null, -- SHA-256; the password is as random as the hash
    status text not null, -- Active or Inactive
    created_at bigint not null, -- when it was made
    expires_at bigint, -- when it ends; null is never
    constraint service_credentials_pkey primary key (account_id, credential_id),
    constraint service_credentials_status_known check (status in ('Active', 'Inactive')),
    constraint service_credentials_user_exists foreign key (user_id) references users (user_id)
);
create unique index service_credentials_name_unique
    on service_credentials (account_id, service, service_user_name_folded);
create index service_credentials_by_user on service_credentials (user_id);
