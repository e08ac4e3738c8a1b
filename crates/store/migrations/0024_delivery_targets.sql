-- Where Keystead itself writes a credential: what is known of a target beside its row among the consumers.
create table delivery_targets (
    account_id text not null, -- whose it is
    consumer_id text not null, -- the consumer that reads there
    settings text not null, -- where it is and how a value looks there, JSON
    secret_sealed bytea, -- what it is written with, for example a token; null where nothing is needed
    sources text not null, -- the networks its consumer is seen from, a JSON list
    written text, -- the newest write, noted before it was made, JSON
    updated_at bigint not null, -- when it was last changed by somebody
    constraint delivery_targets_pkey primary key (consumer_id),
    constraint delivery_targets_consumer_exists foreign key (consumer_id)
        references consumers (consumer_id) on delete cascade
);

-- Links by which a person fetches a key to carry it to a consumer. Each shows it once.
create table hand_overs (
    account_id text not null, -- whose it is
    hand_over_id text not null, -- its id
    consumer_id text not null, -- the consumer it is carried to
    access_key_id text not null, -- the key that it shows
    token_hash bytea not null, -- SHA-256 of the token in the link
    created_by text not null, -- ARN of who made the link
    created_at bigint not null, -- when
    expires_at bigint not null, -- until when it can be opened
    opened_at bigint, -- when it was
    opened_by text, -- from which address and with which program
    constraint hand_overs_pkey primary key (hand_over_id),
    constraint hand_overs_consumer_exists foreign key (consumer_id)
        references consumers (consumer_id) on delete cascade
);
create unique index hand_overs_token_hash_unique on hand_overs (token_hash);
create index hand_overs_by_consumer on hand_overs (consumer_id, created_at);
