-- Virtual MFA devices. A device stays when it is taken from its owner, and keeps its seed.
create table mfa_devices (
    account_id text not null, -- whose it is
    serial_number text not null, -- its ARN, with path and name as given
    name_folded text not null, -- the name in lower case, as it is compared
    seed_sealed bytea not null, -- opened only to check codes
    owner_id text, -- a user id, or the account id for the root user; null while it is nobody's
    enabled_at bigint, -- since when it is its owner's
    drift bigint not null, -- how many steps of 30 seconds its clock is ahead of ours
    last_step bigint not null, -- the newest step whose code was accepted; only ever moves forward
    created_at bigint not null, -- when it was made
    constraint mfa_devices_pkey primary key (account_id, name_folded),
    constraint mfa_devices_enabled_with_owner check ((owner_id is null) = (enabled_at is null)),
    constraint mfa_devices_account_exists foreign key (account_id) references accounts (account_id)
);
create index mfa_devices_by_serial_number on mfa_devices (account_id, serial_number);
create index mfa_devices_by_owner on mfa_devices (account_id, owner_id);

-- Wrong codes of late. An owner has five places for them and no more, which is what bounds guessing.
create table mfa_attempts (
    account_id text not null, -- whose it is
    owner_id text not null, -- a user id, or the account id for the root user
    slot bigint not null, -- the places 1 to 5, each filled anew once it is old enough
    failed_at bigint not null, -- when the wrong code came
    constraint mfa_attempts_pkey primary key (account_id, owner_id, slot),
    constraint mfa_attempts_slot_known check (slot between 1 and 5),
    constraint mfa_attempts_account_exists foreign key (account_id) references accounts (account_id)
);
