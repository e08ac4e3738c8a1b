-- What makes this database one installation.
create table installation (
    marker text not null, -- 16 letters and digits drawn at the first open; secrets carry a checksum over it
    created_at bigint not null, -- when the database was first opened
    constraint installation_pkey primary key (marker)
);

-- The keys that secrets are sealed under, themselves wrapped by the master key.
create table data_keys (
    number bigint not null, -- each sealed value names the number of its key
    wrapped bytea not null, -- the key, sealed under the master key
    created_at bigint not null, -- when it was drawn; the newest seals, all open
    constraint data_keys_pkey primary key (number)
);

-- One row per command, so that a follower misses no commit and a replay is known.
create table changes (
    number bigint not null, -- commit order on SQLite; the transaction id on PostgreSQL
    command_id text not null, -- given by whoever sent the command
    account_id text, -- the account it acted in, if any
    committed_at bigint not null, -- when it ran
    touched text not null, -- what it changed, a JSON list for followers
    invocation_id text, -- the client's own id of its attempts, if it sent one
    reply text, -- the answer to give to a replay; never holds a secret
    constraint changes_pkey primary key (number)
);
create unique index changes_command_unique on changes (command_id);
create index changes_by_time on changes (committed_at);

-- One row per start of a server, so that an unclean stop is noticed.
create table server_runs (
    run_id text not null, -- drawn at the start
    started_at bigint not null, -- when it started
    alive_at bigint not null, -- when it last said that it was there
    stopped_at bigint, -- when it stopped in good order; a stop noticed later is put at alive_at
    constraint server_runs_pkey primary key (run_id)
);
create index server_runs_unstopped on server_runs (alive_at) where stopped_at is null;

-- Times in which uses of keys may have gone unrecorded.
create table evidence_gaps (
    gap_id text not null, -- the run that ended uncleanly, or an id drawn for the gap
    from_at bigint not null, -- the last moment that was surely recorded
    to_at bigint not null, -- the first moment that was surely recorded again
    reason text not null, -- in words, for people
    constraint evidence_gaps_pkey primary key (gap_id),
    constraint evidence_gaps_forward check (from_at <= to_at)
);
create index evidence_gaps_by_end on evidence_gaps (to_at);
