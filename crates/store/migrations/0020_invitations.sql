-- Letters that wait to be sent. They are queued in the transaction that causes them and deleted once sent.
create table letters (
    account_id text not null, -- the account it is about
    letter_id text not null, -- its id, and its Message-ID
    recipient text not null, -- an e-mail address
    subject text not null, -- its subject
    body_sealed bytea not null, -- its text, which may hold a link that is good once
    created_at bigint not null, -- when it was queued
    attempts bigint not null, -- how often it was tried to send it
    next_try_at bigint not null, -- when it is to be tried next
    constraint letters_pkey primary key (letter_id),
    constraint letters_account_exists foreign key (account_id) references accounts (account_id)
);
create index letters_by_next_try on letters (next_try_at);

-- Invitations to become a user of an account.
create table invitations (
    account_id text not null, -- the account
    invitation_id text not null, -- its id
    email text not null, -- the address it was sent to, which the new user gets
    policies text not null, -- ARNs of the policies to be attached, a JSON list
    temporary_days bigint, -- for how many days they are to be attached; null for good
    token_hash bytea not null, -- hash of the token in the letter
    inviter_id text not null, -- unique id of who invited, whose right to it is asked for again at acceptance
    inviter_arn text not null, -- who invited, for people
    state text not null, -- pending, accepted or cancelled
    created_at bigint not null, -- when it was first sent
    expires_at bigint not null, -- until when it can be accepted
    user_id text, -- the user that came of it
    constraint invitations_pkey primary key (account_id, invitation_id),
    constraint invitations_state_known check (state in ('pending', 'accepted', 'cancelled')),
    constraint invitations_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index invitations_token_unique on invitations (token_hash);

-- Policies that are attached to users for some days only.
create table temporary_policies (
    account_id text not null, -- the account
    owner_id text not null, -- unique id of the user
    policy_arn text not null, -- the policy
    ends_at bigint not null, -- when it is to be detached
    constraint temporary_policies_pkey primary key (account_id, owner_id, policy_arn)
);
create index temporary_policies_by_end on temporary_policies (ends_at);
