-- Links by which somebody sets a password without knowing the present one: a root user by e-mail, an IAM user by an
-- administrator. An owner has one at a time.
create table password_resets (
    account_id text not null, -- the account of the owner
    owner_id text not null, -- a user id, or the account id for the root user
    token_hash bytea not null, -- hash of the token in the link
    made_by text not null, -- ARN of who made it, email, or operator
    created_at bigint not null, -- when it was made
    expires_at bigint not null, -- until when it is good
    used_at bigint, -- when it was used; null while it is good
    constraint password_resets_pkey primary key (account_id, owner_id),
    constraint password_resets_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index password_resets_token_unique on password_resets (token_hash);

-- Challenges that were answered, so that each is good once.
create table spent_challenges (
    challenge_id text not null, -- its id
    ends_at bigint not null, -- when it would have ended, and this row can go
    constraint spent_challenges_pkey primary key (challenge_id)
);
create index spent_challenges_by_end on spent_challenges (ends_at);
