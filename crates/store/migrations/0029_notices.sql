-- Who is told of the rotations of a managed credential, where it is not who the installation names.
create table notice_addresses (
    account_id text not null, -- whose it is
    credential_id text not null, -- the credential
    email text, -- an e-mail address; null is the installation's
    webhook text, -- where calls go; null is the installation's
    webhook_secret_sealed bytea, -- what those calls are signed with
    updated_at bigint not null, -- when it was last changed
    constraint notice_addresses_pkey primary key (credential_id),
    constraint notice_addresses_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);

-- What is told of rotations, a row for each way it takes. They are queued in the transaction that causes them and stay
-- as long as the rotation, so that what was told, and what could not be, can be seen.
create table rotation_notices (
    account_id text not null, -- whose it is
    rotation_id text not null, -- the rotation it tells of
    number bigint not null, -- the journal's entry it tells of
    way text not null, -- mail or webhook
    occasion text not null, -- what happened, so that it is told once
    topic text not null, -- what sort of occasion, in a word
    subject text not null, -- what it is about, in one line
    body text not null, -- what is said: a letter's text or a call's JSON; no secret
    created_at bigint not null, -- when it was queued
    attempts bigint not null, -- how often it was tried to send it
    next_try_at bigint, -- when it is to be tried next; null where it was sent or given up
    sent_at bigint, -- when it was sent
    failure text, -- why the last attempt failed
    constraint rotation_notices_pkey primary key (rotation_id, number, way),
    constraint rotation_notices_once unique (rotation_id, occasion, way),
    constraint rotation_notices_rotation_exists foreign key (rotation_id)
        references rotations (rotation_id) on delete cascade
);
create index rotation_notices_by_next_try on rotation_notices (next_try_at) where next_try_at is not null;
create index rotation_notices_given_up on rotation_notices (created_at) where next_try_at is null and sent_at is null;

-- Since when a rotation is in its state; null for those that have not left the one they were in before this was kept.
alter table rotations add column state_since bigint;
