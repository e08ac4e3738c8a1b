-- Passkeys: MFA devices that prove themselves by a signature. What is kept of one is public.
create table passkeys (
    account_id text not null, -- whose it is
    serial_number text not null, -- its ARN
    owner_id text not null, -- a user id, or the account id for the root user
    site text not null, -- the host name that the browser made it for
    credential_id text not null, -- the authenticator's name for it, base64url
    credential text not null, -- its public key and counter, JSON
    uses bigint not null, -- how often it was used; grows with every use
    enabled_at bigint not null, -- since when it is its owner's
    used_at bigint, -- when it was last used
    constraint passkeys_pkey primary key (account_id, serial_number),
    constraint passkeys_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index passkeys_credential_unique on passkeys (account_id, credential_id);
create index passkeys_by_owner on passkeys (account_id, owner_id);
