-- Looks through connected accounts for what there is in them, one under way at most for each.
create table cloud_discoveries (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    discovery_id text not null, -- its id
    state text not null, -- queued, running, complete, incomplete, failed or broken_off
    regions text not null, -- JSON list of the regions to look through; empty for all
    kinds text not null, -- JSON list of the kinds of resources to look for; empty for all
    requested_by text, -- ARN of who asked for it; null where it was due
    tasks_total bigint not null, -- how many lists there are to read: one a kind in a region
    tasks_done bigint not null, -- how many were read to the end
    tasks_failed bigint not null, -- how many were not
    calls bigint not null, -- how many answers of the cloud that took
    found bigint not null, -- how many resources were seen
    added bigint not null, -- how many of them were not known, where the list had been read before
    changed bigint not null, -- how many were known and another
    removed bigint not null, -- how many were known and are gone
    notes text not null, -- JSON list of what is missing in the result, in words
    created_at bigint not null, -- when it was asked for
    started_at bigint, -- when it began
    seen_at bigint, -- when it was last seen to go on
    finished_at bigint, -- when it ended, well or not
    constraint cloud_discoveries_pkey primary key (discovery_id),
    constraint cloud_discoveries_state_known
        check (state in ('queued', 'running', 'complete', 'incomplete', 'failed', 'broken_off')),
    constraint cloud_discoveries_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);
create unique index cloud_discoveries_one_open on cloud_discoveries (cloud_account_id) where finished_at is null;
create index cloud_discoveries_by_time on cloud_discoveries (cloud_account_id, created_at);

-- What one discovery found to have changed, as far as it is listed.
create table cloud_changes (
    account_id text not null, -- the account it is connected to
    discovery_id text not null, -- which discovery
    number bigint not null, -- its place among the changes, from 1
    change text not null, -- added, changed or removed
    kind text not null, -- the resource's kind
    region text not null, -- where it is
    resource_id text not null, -- what the cloud knows it by
    name text not null, -- what people call it
    members text not null, -- JSON object of what was changed: the value before and the one after
    constraint cloud_changes_pkey primary key (discovery_id, number),
    constraint cloud_changes_change_known check (change in ('added', 'changed', 'removed')),
    constraint cloud_changes_discovery_exists foreign key (discovery_id)
        references cloud_discoveries (discovery_id) on delete cascade
);

-- The lists of connected accounts, one a kind in a region, and how each was last read.
create table cloud_lists (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    kind text not null, -- the kind of resources in it
    region text not null, -- the region, or global
    discovery_id text not null, -- which discovery reads it or read it last
    state text not null, -- waiting, complete or failed
    found bigint not null, -- how many resources were seen in it
    added bigint not null, -- how many of them were not known
    changed bigint not null, -- how many were known and another
    removed bigint not null, -- how many were known and are gone
    fault text, -- why it was not read to the end
    complete_at bigint, -- when it was last read to the end
    constraint cloud_lists_pkey primary key (cloud_account_id, kind, region),
    constraint cloud_lists_state_known check (state in ('waiting', 'complete', 'failed')),
    constraint cloud_lists_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);

-- What there is in connected accounts.
create table cloud_resources (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    kind text not null, -- what it is, for example instances
    region text not null, -- where it is, or global
    resource_id text not null, -- what the cloud knows it by
    name text not null, -- what people call it
    state text, -- its state, where it has one
    attributes text not null, -- JSON object of what else is known
    search_text text not null, -- id, name, state and values of the attributes in lower case, to be searched
    digest bigint not null, -- of all of this
    lasting_digest bigint not null, -- of what does not change by mere use
    first_seen_at bigint not null, -- when it was first seen
    changed_at bigint not null, -- when it was last seen to be another than before
    constraint cloud_resources_pkey primary key (cloud_account_id, kind, region, resource_id),
    constraint cloud_resources_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);
create index cloud_resources_by_account on cloud_resources (account_id);

-- The private keys of SSH key pairs at clouds: of those made here, and those given here.
create table cloud_ssh_keys (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    ssh_key_id text not null, -- what the cloud knows the key pair by
    region text not null, -- where it is
    name text not null, -- what people call it
    fingerprint text, -- as the cloud tells it
    material_sealed bytea not null, -- the private key, as it came
    created_by text not null, -- ARN of who made or gave it
    creator_id text not null, -- unique id of who made or gave it
    created_at bigint not null, -- when
    constraint cloud_ssh_keys_pkey primary key (cloud_account_id, ssh_key_id),
    constraint cloud_ssh_keys_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);
create index cloud_ssh_keys_by_account on cloud_ssh_keys (account_id, ssh_key_id);
create index cloud_accounts_to_discover on cloud_accounts (discover_at);
