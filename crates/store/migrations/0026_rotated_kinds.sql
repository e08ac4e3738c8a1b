-- What is rotated, besides access keys.
alter table managed_credentials add column material text not null default 'access_key' -- what its keys are
    constraint managed_credentials_material_known check (material in ('access_key', 'signing_certificate'));

-- Whether a verifier is believed which certificate its client proved to have.
alter table verifiers add column trusts_certificates bigint not null default 0 -- 1 if it is
    constraint verifiers_trusts_certificates_known check (trusts_certificates in (0, 1));
