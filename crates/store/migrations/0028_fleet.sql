-- When managed credentials are rotated unasked, and when never; one row for each that has a plan.
create table rotation_plans (
    account_id text not null, -- whose it is
    credential_id text not null, -- the credential
    schedule text, -- by which rule it is rotated, JSON; null is by hand only
    calendar text, -- its freezes and windows, JSON; null is at any time
    next_at bigint, -- when the next rotation begins; null while one runs, or without a schedule
    updated_at bigint not null, -- when it was last changed
    constraint rotation_plans_pkey primary key (credential_id),
    constraint rotation_plans_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);
create index rotation_plans_due on rotation_plans (next_at);

-- Times in which no rotation of an account begins or interrupts anybody.
create table rotation_freezes (
    account_id text not null, -- whose rotations rest
    freeze_id text not null, -- its id
    from_at bigint not null, -- its beginning
    until_at bigint not null, -- its end, from which on rotations go on
    reason text not null, -- why, for people
    created_by text not null, -- the ARN of who made it
    created_at bigint not null, -- when it was made
    constraint rotation_freezes_pkey primary key (freeze_id),
    constraint rotation_freezes_account_exists foreign key (account_id) references accounts (account_id)
);
create index rotation_freezes_by_end on rotation_freezes (account_id, until_at);

-- Which of several servers does the work that only one may do.
create table leaderships (
    work text not null, -- which work
    holder text not null, -- the run of the server that does it
    fence bigint not null, -- grows with each holder; what an earlier one writes is refused
    expires_at bigint not null, -- when another may take it
    constraint leaderships_pkey primary key (work)
);
insert into leaderships (work, holder, fence, expires_at) values ('rotation', '', 0, 0);

-- The fence of the leader that wrote a rotation last.
alter table rotations add column fence bigint not null default 0;

-- How often a consumer runs by its owner's word, in microseconds; null where nobody said.
alter table consumers add column batch_interval bigint;

-- Users of a managed credential that were never enrolled, but that somebody knows.
create table known_consumers (
    account_id text not null, -- whose it is
    known_id text not null, -- its id
    credential_id text not null, -- what it uses
    source_address text, -- where it asks from; null is anywhere
    service text, -- for which service; null is any
    app_id text, -- with which application id; null is any
    name text not null, -- what it is called; that of an enrolled consumer where it is assigned to that one
    owner text, -- who answers for it
    created_by text not null, -- the ARN of who said so
    created_at bigint not null, -- when
    constraint known_consumers_pkey primary key (known_id),
    constraint known_consumers_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);
create index known_consumers_by_credential on known_consumers (credential_id, known_id);

-- Consumers whose use of a key that leaves does not count for a while.
create table consumer_exemptions (
    account_id text not null, -- whose it is
    credential_id text not null, -- what it uses
    consumer text not null, -- its name, or what it is seen as
    reason text not null, -- why it may be interrupted
    until_at bigint not null, -- until when
    created_by text not null, -- the ARN of who decided it
    created_at bigint not null, -- when
    constraint consumer_exemptions_pkey primary key (credential_id, consumer),
    constraint consumer_exemptions_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);

-- Events of imported logs that were counted, so that none is counted twice.
create table imported_events (
    account_id text not null, -- who imported it
    event_id text not null, -- the event's own id, or a hash of its line
    at bigint not null, -- when it happened
    constraint imported_events_pkey primary key (account_id, event_id)
);
create index imported_events_by_time on imported_events (account_id, at);

-- Up to when an imported log is complete: what is not in it before then did not happen where it looks.
create table evidence_logs (
    account_id text not null, -- who imported it
    log text not null, -- which sort of log: cloudtrail, s3
    complete_until bigint not null, -- later silence is not known
    imported_at bigint not null, -- when it was last imported
    imported_by text not null, -- the ARN of who did
    constraint evidence_logs_pkey primary key (account_id, log)
);
