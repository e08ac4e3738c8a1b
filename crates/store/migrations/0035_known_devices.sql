-- Browsers from which somebody signed in before. Each has attempts of its own at its owner's password, so that a
-- stranger who spends the owner's does not shut the owner out.
create table known_devices (
    account_id text not null, -- the account of the owner
    owner_id text not null, -- a user id, or the account id for the root user
    token_hash bytea not null, -- hash of what the browser's cookie holds
    seen_at bigint not null, -- when somebody last signed in with it
    constraint known_devices_pkey primary key (account_id, owner_id, token_hash),
    constraint known_devices_account_exists foreign key (account_id) references accounts (account_id)
);
create index known_devices_by_seen on known_devices (seen_at);
