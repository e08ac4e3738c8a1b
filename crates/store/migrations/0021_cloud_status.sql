-- The regions of connected accounts, each with its two lamps.
create table cloud_regions (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    region text not null, -- its name
    enabled bigint not null, -- 1 unless the account has not opted in to it
    controller text not null, -- whether the API server answers: green, red or unknown
    credentials text not null, -- whether an authenticated request succeeds: green, red or unknown
    reason text, -- what stands behind a lamp that is not green
    failures bigint not null, -- how often in a row a lamp was not green
    checked_at bigint, -- when the lamps were last looked after
    due_at bigint not null, -- when they are to be looked after next
    constraint cloud_regions_pkey primary key (cloud_account_id, region),
    constraint cloud_regions_enabled_known check (enabled in (0, 1)),
    constraint cloud_regions_controller_known check (controller in ('green', 'red', 'unknown')),
    constraint cloud_regions_credentials_known check (credentials in ('green', 'red', 'unknown')),
    constraint cloud_regions_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);
create index cloud_regions_due on cloud_regions (due_at) where enabled = 1;

-- Changes of the lamps, the newest of each connected account.
create table cloud_lamp_changes (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    changed_at bigint not null, -- when
    region text not null, -- in which region
    controller text not null, -- the lamp from then on
    credentials text not null, -- the other lamp from then on
    reason text, -- what stood behind a lamp that was not green
    constraint cloud_lamp_changes_pkey primary key (cloud_account_id, changed_at, region),
    constraint cloud_lamp_changes_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);

-- Connected accounts whose credentials fail, which was said once and is said once more when it is over.
create table cloud_alerts (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    reason text not null, -- what was seen
    began_at bigint not null, -- since when
    constraint cloud_alerts_pkey primary key (cloud_account_id),
    constraint cloud_alerts_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);

-- What the last probe of each service in each region of a connected account found.
create table cloud_probes (
    account_id text not null, -- the account it is connected to
    cloud_account_id text not null, -- the connected account
    region text not null, -- in which region
    service text not null, -- which service, for example EC2
    state text not null, -- what came of it, for example ok or denied
    permission text, -- the permission that is missing
    message text, -- the cloud's own words
    warning text, -- what is missing although it can be used
    probed_at bigint not null, -- when
    constraint cloud_probes_pkey primary key (cloud_account_id, region, service),
    constraint cloud_probes_account_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);

-- When somebody last asked the owner of a connected account for an invitation.
create table cloud_invitation_requests (
    account_id text not null, -- the account of who asked
    requested_by text not null, -- ARN of who asked
    requested_at bigint not null, -- when
    constraint cloud_invitation_requests_pkey primary key (account_id, requested_by),
    constraint cloud_invitation_requests_account_exists foreign key (account_id) references accounts (account_id)
);

-- When a connected account is to be probed next; null for at once.
alter table cloud_accounts add column probe_at bigint;
-- When credentials that others took the place of are to be asked after next; null for as soon as possible.
alter table cloud_credentials add column check_at bigint;
