-- Who sent a report, where that was proved: github by its signature; null is anybody.
alter table leak_inbox add column sender text;
alter table leak_reports add column sender text;

-- Keys that open nothing and are nobody's: they lie where nobody should look, and whoever uses one has looked there.
-- Their secrets are not kept, because no signature of theirs is ever right.
create table honey_keys (
    account_id text not null, -- whose it is
    access_key_id text not null, -- its id
    place text not null, -- where it lies, in words
    created_by text not null, -- ARN of who made it
    created_at bigint not null, -- when
    alarmed_at bigint not null, -- up to when its uses are in a leak report
    constraint honey_keys_pkey primary key (access_key_id)
);
create index honey_keys_by_account on honey_keys (account_id, access_key_id);
