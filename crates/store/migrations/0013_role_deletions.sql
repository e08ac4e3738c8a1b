-- Deletions of service-linked roles. Each was done when it was asked for; clients ask later how it went.
create table role_deletions (
    account_id text not null, -- the account the role was of
    task_id text not null, -- what clients ask by
    deleted_at bigint not null, -- when it was done
    constraint role_deletions_pkey primary key (account_id, task_id),
    constraint role_deletions_account_exists foreign key (account_id) references accounts (account_id)
);
