-- The credential store: values under names, each visible only to those who may see it. Generated ones have no value
-- of their own: they stand for a part of a connected account's credentials in use.
create table stored_credentials (
    account_id text not null, -- whose it is
    stored_credential_id text not null, -- its id; one made again under its name has another
    name text not null, -- what inputs select it by; unique in the account, compared exactly
    kind text not null, -- user or generated
    cloud_account_id text, -- the connected account that a generated one belongs to
    description text not null, -- for people
    version bigint not null, -- the newest version of its value; 0 where it has none of its own
    expires_at bigint, -- from when on it is not handed out
    reads bigint not null, -- counts its reads
    last_read_at bigint, -- when somebody was last given its value
    last_read_by text, -- ARN of who that was
    created_by text not null, -- ARN of who made it
    created_at bigint not null, -- when it was made
    updated_at bigint not null, -- when it was last changed
    constraint stored_credentials_pkey primary key (stored_credential_id),
    constraint stored_credentials_kind_known check (kind in ('user', 'generated')),
    constraint stored_credentials_generated_has_cloud check ((kind = 'generated') = (cloud_account_id is not null)),
    constraint stored_credentials_account_exists foreign key (account_id) references accounts (account_id),
    constraint stored_credentials_cloud_exists foreign key (cloud_account_id)
        references cloud_accounts (cloud_account_id) on delete cascade
);
create unique index stored_credentials_name_unique on stored_credentials (account_id, name);

-- For a connected account that is deleted.
create index stored_credentials_cloud on stored_credentials (cloud_account_id);

-- The values of stored credentials, the newest twenty of each.
create table stored_credential_versions (
    stored_credential_id text not null, -- the credential
    version bigint not null, -- counts up
    value_sealed bytea not null, -- the value
    restored_from bigint, -- the version whose value it is again
    created_by text not null, -- ARN of who gave it
    created_at bigint not null, -- when
    constraint stored_credential_versions_pkey primary key (stored_credential_id, version),
    constraint stored_credential_versions_credential_exists foreign key (stored_credential_id)
        references stored_credentials (stored_credential_id) on delete cascade
);

-- Who was given the value of a stored credential: the newest thousand reads of each. The audit trail has them all.
create table stored_credential_reads (
    stored_credential_id text not null, -- the credential
    number bigint not null, -- counts the reads of this credential
    version bigint not null, -- the version that was given; of the connection's where it was generated
    reader text not null, -- ARN of the person or workload
    read_at bigint not null, -- when
    constraint stored_credential_reads_pkey primary key (stored_credential_id, number),
    constraint stored_credential_reads_credential_exists foreign key (stored_credential_id)
        references stored_credentials (stored_credential_id) on delete cascade
);

-- Deployments: workloads that belong together and share inputs.
create table deployments (
    account_id text not null, -- whose it is
    deployment_id text not null, -- its id
    name text not null, -- unique in the account
    description text not null, -- for people
    created_by text not null, -- ARN of who made it
    created_at bigint not null, -- when
    constraint deployments_pkey primary key (deployment_id),
    constraint deployments_account_exists foreign key (account_id) references accounts (account_id)
);
create unique index deployments_name_unique on deployments (account_id, name);

-- Workloads: processes that are given inputs.
create table workloads (
    account_id text not null, -- whose it is
    workload_id text not null, -- its id
    deployment_id text, -- the deployment whose inputs it inherits
    name text not null, -- unique in the account
    description text not null, -- for people
    required text not null, -- JSON: the names of the inputs without which it does not start
    token_hash bytea, -- SHA-256 of the token it fetches its inputs with; null until it is enrolled
    enrolled_at bigint, -- when that token was given
    created_by text not null, -- ARN of who made it
    created_at bigint not null, -- when
    updated_at bigint not null, -- when it was last changed
    constraint workloads_pkey primary key (workload_id),
    constraint workloads_account_exists foreign key (account_id) references accounts (account_id),
    constraint workloads_deployment_exists foreign key (deployment_id) references deployments (deployment_id)
);
create unique index workloads_name_unique on workloads (account_id, name);
create unique index workloads_token_hash_unique on workloads (token_hash);

-- For the workloads of a deployment.
create index workloads_deployment on workloads (deployment_id);

-- Tokens with which a workload is enrolled, each good for one hour and one use; the newest of each workload.
create table workload_enrollments (
    workload_id text not null, -- the workload
    token_hash bytea not null, -- SHA-256 of the token
    expires_at bigint not null, -- until when it is good
    constraint workload_enrollments_pkey primary key (workload_id),
    constraint workload_enrollments_workload_exists foreign key (workload_id)
        references workloads (workload_id) on delete cascade
);
create unique index workload_enrollments_token_hash_unique on workload_enrollments (token_hash);

-- Inputs as they were set on deployments and workloads.
create table inputs (
    account_id text not null, -- whose it is
    holder_id text not null, -- the deployment or workload it is set on
    name text not null, -- the environment variable it becomes
    source text not null, -- where its value comes from, in the notation it was set in
    set_by text not null, -- ARN of who set it
    set_at bigint not null, -- when
    constraint inputs_pkey primary key (holder_id, name),
    constraint inputs_account_exists foreign key (account_id) references accounts (account_id)
);

-- Which inputs select which stored credential, so that a credential tells where it is used.
create table input_credentials (
    account_id text not null, -- whose it is
    holder_id text not null, -- the deployment or workload that has the input
    input_name text not null, -- the input
    credential_name text not null, -- the name it selects
    constraint input_credentials_pkey primary key (holder_id, input_name, credential_name),
    constraint input_credentials_input_exists foreign key (holder_id, input_name)
        references inputs (holder_id, name) on delete cascade
);

-- For the uses of a credential.
create index input_credentials_name on input_credentials (account_id, credential_name);

-- Generated credentials that a deployment or workload may be given. They go with the credential: one made again
-- under its name has none.
create table stored_credential_grants (
    account_id text not null, -- whose it is
    stored_credential_id text not null, -- the credential
    holder_id text not null, -- the deployment or workload
    granted_by text not null, -- ARN of who granted it
    granted_at bigint not null, -- when
    constraint stored_credential_grants_pkey primary key (stored_credential_id, holder_id),
    constraint stored_credential_grants_credential_exists foreign key (stored_credential_id)
        references stored_credentials (stored_credential_id) on delete cascade
);

-- For a deployment or workload that is deleted.
create index stored_credential_grants_holder on stored_credential_grants (holder_id);
