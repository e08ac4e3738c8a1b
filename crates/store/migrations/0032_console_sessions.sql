-- People who are signed in to the console, a row for each browser and principal.
create table console_sessions (
    account_id text not null, -- the account it is of
    session_id text not null, -- its id, by which its owner ends it
    owner_id text not null, -- a user id, or the account id for the root user
    token_hash bytea not null, -- hash of what the browser's cookie holds
    access_key_id text not null, -- ASIA…, by which the audit names the session; it signs nothing
    password_version bigint not null, -- the session is good for as long as this is the owner's password
    signed_in_at bigint not null, -- when the password was given
    mfa_at bigint, -- when a code was given
    seen_at bigint not null, -- when a page was last asked for, to a minute
    source text not null, -- the address it was begun from
    user_agent text not null, -- what the browser calls itself
    constraint console_sessions_pkey primary key (account_id, session_id),
    constraint console_sessions_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index console_sessions_token_unique on console_sessions (token_hash);
create index console_sessions_by_owner on console_sessions (account_id, owner_id);
create index console_sessions_by_start on console_sessions (signed_in_at);
