-- Rotations, running and finished.
create table rotations (
    account_id text not null, -- whose it is
    rotation_id text not null, -- its id
    credential_id text not null, -- what is rotated
    state text not null, -- the state it is in, by name
    document text not null, -- everything else about it, JSON
    version bigint not null, -- counts updates; an update names the one it saw
    due_at bigint, -- when to look at it next; null is not before someone acts
    created_at bigint not null, -- when it was started
    updated_at bigint not null, -- when it was last changed
    finished_at bigint, -- when it ended, well or not
    constraint rotations_pkey primary key (rotation_id),
    constraint rotations_credential_exists foreign key (credential_id)
        references managed_credentials (credential_id) on delete cascade
);
create unique index rotations_one_running on rotations (credential_id) where finished_at is null;
create index rotations_due on rotations (due_at) where finished_at is null;
create index rotations_by_time on rotations (account_id, created_at, rotation_id);

-- The journal of a rotation: what was intended, done and seen.
create table rotation_entries (
    account_id text not null, -- whose it is
    rotation_id text not null, -- the rotation
    number bigint not null, -- 1, 2, 3 …
    at bigint not null, -- when it was written
    kind text not null, -- what sort of entry
    text text not null, -- in words, for people
    data text not null, -- the same for programs, JSON
    constraint rotation_entries_pkey primary key (rotation_id, number),
    constraint rotation_entries_rotation_exists foreign key (rotation_id)
        references rotations (rotation_id) on delete cascade
);

-- What operators order. Each order is obeyed or declined once, in the order of the numbers.
create table rotation_orders (
    account_id text not null, -- whose it is
    rotation_id text not null, -- the rotation
    number bigint not null, -- 1, 2, 3 …
    at bigint not null, -- when it was given
    ordered_by text not null, -- the ARN of who gave it
    data text not null, -- what is ordered, JSON
    constraint rotation_orders_pkey primary key (rotation_id, number),
    constraint rotation_orders_rotation_exists foreign key (rotation_id)
        references rotations (rotation_id) on delete cascade
);
