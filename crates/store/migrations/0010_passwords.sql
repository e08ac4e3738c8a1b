-- The passwords of users and root users.
create table login_profiles (
    account_id text not null, -- the account it belongs to
    owner_id text not null, -- a user id, or the account id for the password of the root user
    password_hash text not null, -- Argon2id in PHC form, which names its own cost; the salt makes each unlike any other
    version bigint not null, -- grows with every password, also where one is deleted and another made
    reset_required bigint not null, -- 1 where the owner must set another at the next sign-in
    created_at bigint not null, -- when the profile was made
    changed_at bigint not null, -- when the password was set; its age counts from here
    constraint login_profiles_pkey primary key (account_id, owner_id),
    constraint login_profiles_account_exists foreign key (account_id) references accounts (account_id)
);

-- Passwords that were replaced, so that a policy can refuse them.
create table former_passwords (
    account_id text not null, -- the account it belongs to
    owner_id text not null, -- whose it was
    version bigint not null, -- its number in the profile
    password_hash text not null, -- as it stood in the profile
    constraint former_passwords_pkey primary key (account_id, owner_id, version),
    constraint former_passwords_profile_exists foreign key (account_id, owner_id)
        references login_profiles (account_id, owner_id)
);

-- The password policy of an account, where one was set.
create table password_policies (
    account_id text not null, -- whose it is
    preset text, -- NIST, or nothing where the account set the fields by itself
    minimum_length bigint not null, -- the fewest characters
    require_symbols bigint not null, -- 1 where a symbol is asked for
    require_numbers bigint not null, -- 1 where a digit is asked for
    require_uppercase bigint not null, -- 1 where a letter of A to Z is asked for
    require_lowercase bigint not null, -- 1 where a letter of a to z is asked for
    allow_users_to_change bigint not null, -- 1 where users may change their own without a policy of theirs
    max_age_days bigint, -- after how many days a password expires; nothing for never
    reuse_prevention bigint, -- how many of the last ones are refused; nothing for none
    hard_expiry bigint, -- 1 where only an administrator replaces an expired one; nothing where it was not said
    constraint password_policies_pkey primary key (account_id),
    constraint password_policies_preset_known check (preset in ('NIST')),
    constraint password_policies_account_exists foreign key (account_id) references accounts (account_id)
);

-- Attempts to give a password that did not succeed, or not yet. Names that nobody has leave traces of the same
-- form, so rows may name accounts and owners that do not exist.
create table password_attempts (
    account_id text not null, -- the account it was for
    owner_id text not null, -- whose password it was to be
    slot bigint not null, -- the rule of five: there are so many places, and each is free again after a while
    tried_at bigint not null, -- when
    constraint password_attempts_pkey primary key (account_id, owner_id, slot),
    constraint password_attempts_slot_known check (slot between 1 and 5)
);

-- When passwords were last used.
create table password_uses (
    account_id text not null, -- the account of the owner
    owner_id text not null, -- whose password it was
    last_used_at bigint not null, -- when, to five minutes
    constraint password_uses_pkey primary key (account_id, owner_id)
);
