-- What happened, in the shape of CloudTrail's events, written in the transaction it describes.
create table audit_events (
    event_id text not null, -- drawn for the event
    account_id text not null, -- whose trail it belongs to
    at bigint not null, -- when it happened
    event text not null, -- the event, JSON, in the bytes that the chain is made over
    chained bigint not null, -- 0 until the sealer has made its link, then 1
    constraint audit_events_pkey primary key (event_id),
    constraint audit_events_chained_known check (chained in (0, 1))
);
create index audit_events_by_time on audit_events (account_id, at, event_id);
create index audit_events_unchained on audit_events (account_id, at, event_id) where chained = 0;

-- One hash chain per account over its events, so that a removed or altered event shows.
create table audit_chain (
    account_id text not null, -- whose chain
    number bigint not null, -- 1, 2, 3 … without gaps
    event_id text not null, -- the event of this link
    hash bytea not null, -- SHA-256 of the previous hash and the event
    constraint audit_chain_pkey primary key (account_id, number)
);
create unique index audit_chain_event_unique on audit_chain (event_id);

-- By whom, where and when each key was used, gathered per consumer.
create table key_uses (
    account_id text not null, -- the account of the key
    access_key_id text not null, -- the key
    consumer_key text not null, -- what tells consumers apart, in one text
    verifier_id text, -- who asked; null is this authority itself
    source_address text, -- the caller's address, if a trusted verifier passed it on
    service text, -- service of the credential scope
    region text, -- region of the credential scope
    app_id text, -- the application id that an SDK sends
    user_agent text, -- the newest one seen; a label, not a proof
    first_used_at bigint, -- first accepted use
    last_used_at bigint, -- newest accepted use
    uses bigint not null, -- accepted uses
    refused_at bigint, -- newest use that was right but refused
    refusals bigint not null, -- uses that were right but refused
    slowest_interval bigint, -- the longest time between two uses, in microseconds
    constraint key_uses_pkey primary key (access_key_id, consumer_key)
);

-- Services that may ask whether a request is right.
create table verifiers (
    account_id text not null, -- the account that runs it
    verifier_id text not null, -- its id
    name text not null, -- for people, unique in the account
    token_hash bytea not null, -- of the token it shows
    accounts text not null, -- JSON list: accounts it may ask about
    services text not null, -- JSON list: services it may ask for
    hosts text not null, -- JSON list: hosts it may ask for
    trusts_forwarded bigint not null, -- 1 if the caller's address it passes on is believed
    created_at bigint not null, -- when it was made
    constraint verifiers_pkey primary key (verifier_id),
    constraint verifiers_trusts_known check (trusts_forwarded in (0, 1))
);
create unique index verifiers_name_unique on verifiers (account_id, name);
