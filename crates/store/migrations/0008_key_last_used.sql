-- The use of each key that AWS clients are shown: one in each quarter of an hour at most. What rotation goes by
-- is in key_uses.
create table key_last_used (
    account_id text not null, -- the account of the key
    access_key_id text not null, -- the key
    used_at bigint not null, -- the use that is shown, in whole seconds
    region text, -- region of its credential scope
    service text, -- service of its credential scope
    constraint key_last_used_pkey primary key (access_key_id)
);
create index key_last_used_by_account on key_last_used (account_id, access_key_id);
insert into key_last_used (account_id, access_key_id, used_at, region, service)
    select account_id, access_key_id, last_used_at - last_used_at % 1000000, region, service
    from key_uses
    where last_used_at is not null and not exists (
        select 1 from key_uses other
        where other.access_key_id = key_uses.access_key_id
            and (other.last_used_at > key_uses.last_used_at
                or other.last_used_at = key_uses.last_used_at and other.consumer_key < key_uses.consumer_key));
