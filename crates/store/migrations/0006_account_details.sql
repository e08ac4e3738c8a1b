-- What bounds a user's permissions.
alter table users add column permissions_boundary text; -- ARN of a managed policy; null is none

-- The name that an account's sign-in page goes by.
alter table accounts add column alias text; -- unique in the installation; null is none
create unique index accounts_alias_unique on accounts (alias);

-- Quotas that differ from AWS's.
create table account_quotas (
    account_id text not null, -- whose it is
    name text not null, -- which quota
    value bigint not null, -- how many there may be
    constraint account_quotas_pkey primary key (account_id, name),
    constraint account_quotas_not_negative check (value >= 0),
    constraint account_quotas_account_exists foreign key (account_id) references accounts (account_id)
);

-- How many of a thing an account has. The row is also what concurrent creations wait for, so that none
-- exceeds a quota.
create table account_counts (
    account_id text not null, -- whose it is
    kind text not null, -- what is counted
    value bigint not null, -- how many there are
    constraint account_counts_pkey primary key (account_id, kind),
    constraint account_counts_not_negative check (value >= 0)
);
insert into account_counts (account_id, kind, value)
    select account_id, 'Users', count(*) from users group by account_id;

-- Tags of users and of everything else that can have them.
create table tags (
    account_id text not null, -- whose it is
    resource text not null, -- unique id or ARN of what has the tag
    key_folded text not null, -- the key in lower case, as it is compared and listed
    key text not null, -- the key as given
    value text not null, -- the value, maybe empty
    constraint tags_pkey primary key (account_id, resource, key_folded)
);
