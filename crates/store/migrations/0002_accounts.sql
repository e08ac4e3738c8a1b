-- The tenants.
create table accounts (
    account_id text not null, -- twelve digits
    name text not null, -- for people
    root_email text not null, -- the root user's address as given
    root_email_folded text not null, -- the same in lower case, as it is compared
    status text not null, -- Active or Closed
    created_at bigint not null, -- when it was made
    closed_at bigint, -- when the operator closed it
    constraint accounts_pkey primary key (account_id),
    constraint accounts_status_known check (status in ('Active', 'Closed'))
);
create unique index accounts_email_unique on accounts (root_email_folded);

-- IAM users.
create table users (
    account_id text not null, -- the account it belongs to
    user_id text not null, -- AIDA…, never used again
    user_name text not null, -- as given
    user_name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    contact_email text, -- where to write to; not part of IAM
    created_at bigint not null, -- when it was made
    constraint users_pkey primary key (user_id),
    constraint users_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index users_name_unique on users (account_id, user_name_folded);

-- Access keys with their sealed secrets.
create table access_keys (
    access_key_id text not null, -- AKIA…
    account_id text not null, -- the account it belongs to
    owner_id text not null, -- a user id, or the account id for a key of the root user
    slot bigint not null, -- the rule of two: an owner has the places 1 and 2 and no more
    status text not null, -- Active or Inactive
    secret_sealed bytea not null, -- opened only to verify
    created_at bigint not null, -- when it was made
    constraint access_keys_pkey primary key (access_key_id),
    constraint access_keys_slot_known check (slot between 1 and 2),
    constraint access_keys_status_known check (status in ('Active', 'Inactive')),
    constraint access_keys_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index access_keys_slot_unique on access_keys (account_id, owner_id, slot);

-- Managed policies attached to users.
create table attached_policies (
    account_id text not null, -- the account of the user
    user_id text not null, -- whom it is attached to
    policy_arn text not null, -- which policy
    attached_at bigint not null, -- since when
    constraint attached_policies_pkey primary key (account_id, user_id, policy_arn),
    constraint attached_policies_user_exists foreign key (user_id) references users (user_id)
);
create index attached_policies_by_user on attached_policies (user_id);
