-- Which of Keystead's own actions a principal last took.
create table action_accesses (
    account_id text not null, -- the principal's account
    principal_id text not null, -- the unique id of a user or role, or the account's number
    service text not null, -- the service of the action
    action text not null, -- its name, for example CreateUser
    region text not null, -- the region of the credential scope
    accessed_at bigint not null, -- when it was last taken
    constraint action_accesses_pkey primary key (account_id, principal_id, service, action)
);

-- Reports on last accesses that were asked for. Each is read from the accesses when it is fetched.
create table access_reports (
    account_id text not null, -- the account
    report_id text not null, -- what it is fetched by
    subject_arn text not null, -- the user, group, role or policy it is about
    granularity text not null, -- SERVICE_LEVEL or ACTION_LEVEL
    created_at bigint not null, -- when it was last asked for
    constraint access_reports_pkey primary key (account_id, subject_arn, granularity),
    constraint access_reports_id_unique unique (report_id)
);
