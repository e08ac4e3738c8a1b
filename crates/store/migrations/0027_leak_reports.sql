-- What was reported and is not looked at yet. Every report is written here alike, whether or not there are such keys.
create table leak_inbox (
    inbox_id text not null, -- its id
    findings text not null, -- JSON list of ids of keys, and of the digest of a secret that came with one
    source text not null, -- the form it came in: plain, github, trufflehog or gitguardian
    url text not null, -- where it was found, as far as it was said
    reporter text not null, -- ARN of who reported it, or the address of somebody unknown
    exposed_at bigint not null, -- since when it lies open, as far as is known
    received_at bigint not null, -- when it came
    constraint leak_inbox_pkey primary key (inbox_id)
);
create index leak_inbox_by_time on leak_inbox (received_at);

-- Reports that a key of an account was seen where it does not belong; one for each key and place.
create table leak_reports (
    account_id text not null, -- whose key it is
    report_id text not null, -- its id
    access_key_id text not null, -- the key
    source text not null, -- the form it came in
    url text not null, -- where it was found
    reporter text not null, -- who reported it first
    is_proven bigint not null, -- 1 where the right secret came with it
    reports bigint not null, -- how often it was reported
    state text not null, -- open, replacing, contained, confirmed or dismissed
    answer text, -- what was done about it and why, in words
    answered_by text, -- ARN of who answered it
    answered_at bigint, -- when
    check_at bigint, -- when it is to be looked at again
    exposed_at bigint not null, -- since when the key lies open, as far as is known
    reported_at bigint not null, -- when it was reported first
    constraint leak_reports_pkey primary key (report_id),
    constraint leak_reports_place_unique unique (account_id, access_key_id, url),
    constraint leak_reports_state_known
        check (state in ('open', 'replacing', 'contained', 'confirmed', 'dismissed'))
);
create index leak_reports_by_time on leak_reports (account_id, reported_at, report_id);
create index leak_reports_to_check on leak_reports (check_at);
