-- Groups of users.
create table user_groups (
    account_id text not null, -- the account it belongs to
    group_id text not null, -- AGPA…, never used again
    group_name text not null, -- as given
    group_name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    created_at bigint not null, -- when it was made
    constraint user_groups_pkey primary key (group_id),
    constraint user_groups_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index user_groups_name_unique on user_groups (account_id, group_name_folded);

-- Which users are in which groups.
create table group_members (
    account_id text not null, -- the account of both
    group_id text not null, -- which group
    user_id text not null, -- who is in it
    joined_at bigint not null, -- since when
    constraint group_members_pkey primary key (account_id, group_id, user_id),
    constraint group_members_group_exists foreign key (group_id) references user_groups (group_id),
    constraint group_members_user_exists foreign key (user_id) references users (user_id)
);
create index group_members_by_user on group_members (account_id, user_id);

-- Roles, which anybody may take on whom the trust policy names.
create table roles (
    account_id text not null, -- the account it belongs to
    role_id text not null, -- AROA…, never used again
    role_name text not null, -- as given
    role_name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    description text, -- for people
    trust_policy text not null, -- the document that says who may take it on, as given
    trusted_ids text not null, -- JSON: the unique id of each user and role the document names by ARN, as it was then
    max_session_seconds bigint not null, -- how long a session may last
    permissions_boundary text, -- ARN of the managed policy that bounds what it may be allowed
    service_name text, -- the service that a service-linked role is linked to
    created_at bigint not null, -- when it was made
    constraint roles_pkey primary key (role_id),
    constraint roles_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index roles_name_unique on roles (account_id, role_name_folded);

-- Instance profiles, each of which holds at most one role.
create table instance_profiles (
    account_id text not null, -- the account it belongs to
    instance_profile_id text not null, -- AIPA…, never used again
    instance_profile_name text not null, -- as given
    instance_profile_name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    role_id text, -- the role in it, if there is one
    created_at bigint not null, -- when it was made
    constraint instance_profiles_pkey primary key (instance_profile_id),
    constraint instance_profiles_role_exists foreign key (role_id) references roles (role_id),
    constraint instance_profiles_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index instance_profiles_name_unique on instance_profiles (account_id, instance_profile_name_folded);
create index instance_profiles_by_role on instance_profiles (role_id);

-- Managed policies of the accounts. Those that every account has are not here but in the program.
create table policies (
    account_id text not null, -- the account it belongs to
    policy_id text not null, -- ANPA…, never used again
    policy_name text not null, -- as given
    policy_name_folded text not null, -- in lower case, as it is compared and listed
    path text not null, -- begins and ends with a slash
    policy_arn text not null, -- what it is attached by
    description text, -- for people
    default_version bigint not null, -- the version in force: 3 for v3
    versions_made bigint not null, -- how many versions it ever had: the number of the newest one
    created_at bigint not null, -- when it was made
    updated_at bigint not null, -- when its newest version was made
    constraint policies_pkey primary key (policy_id),
    constraint policies_arn_unique unique (policy_arn),
    constraint policies_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index policies_name_unique on policies (account_id, policy_name_folded);

-- The versions of managed policies.
create table policy_versions (
    account_id text not null, -- the account it belongs to
    policy_id text not null, -- of which policy
    version bigint not null, -- 3 for v3; never used again
    document text not null, -- as given
    created_at bigint not null, -- when it was made
    constraint policy_versions_pkey primary key (policy_id, version),
    constraint policy_versions_policy_exists foreign key (policy_id) references policies (policy_id)
);

-- Policies that belong to one user, group or role.
create table inline_policies (
    account_id text not null, -- the account it belongs to
    owner_id text not null, -- the unique id of the user, group or role
    policy_name text not null, -- as given; compared with its case
    document text not null, -- as given
    constraint inline_policies_pkey primary key (account_id, owner_id, policy_name)
);

-- Managed policies attached to users, groups and roles.
create table policy_attachments (
    account_id text not null, -- the account of both
    owner_id text not null, -- the unique id of the user, group or role
    policy_arn text not null, -- which policy
    attached_at bigint not null, -- since when
    constraint policy_attachments_pkey primary key (account_id, owner_id, policy_arn)
);
create index policy_attachments_by_policy on policy_attachments (account_id, policy_arn, owner_id);
insert into policy_attachments (account_id, owner_id, policy_arn, attached_at)
    select account_id, user_id, policy_arn, attached_at from attached_policies;
drop table attached_policies;

create index users_by_boundary on users (account_id, permissions_boundary)
    where permissions_boundary is not null;
create index roles_by_boundary on roles (account_id, permissions_boundary)
    where permissions_boundary is not null;

-- Sessions that are no longer good, by what they were made from.
create table session_revocations (
    account_id text not null, -- the account that the sessions act in
    subject text not null, -- the unique id of a user or role, the account's number, or the id of the key that asked
    before bigint not null, -- sessions made until then are refused
    constraint session_revocations_pkey primary key (account_id, subject)
);

-- Which principal was last seen at which service.
create table service_accesses (
    account_id text not null, -- the principal's account
    principal_id text not null, -- the unique id of a user or role, or the account's number
    service text not null, -- the service of the credential scope
    region text not null, -- and its region
    accessed_at bigint not null, -- when it was last seen there
    constraint service_accesses_pkey primary key (account_id, principal_id, service)
);
