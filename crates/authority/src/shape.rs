//! Our nouns in the shapes of the wire.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{
    AccessKey, AccessKeyId, Arn, KeyStatus, PasswordPolicy, SigningCertificate, SshPublicKey, User, arn,
};
use keystead_gate::Context;
use keystead_gate::authorize::SHIPPED_POLICIES;
use keystead_gate::ring::Principal;
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{Touched, Tx};

use crate::{managed_policy, password};

/// A user as GetUser shows it, with its boundary and tags.
pub(crate) fn user_in_full(user: &User, tags: Vec<iam::Tag>) -> iam::User {
    let boundary = bounded_by(user.permissions_boundary.as_deref());
    iam::User { permissions_boundary: boundary, tags, ..self::user(user) }
}

/// The boundary of a user or role.
pub(crate) fn bounded_by(arn: Option<&str>) -> Option<iam::AttachedPermissionsBoundary> {
    arn.map(|arn| iam::AttachedPermissionsBoundary {
        permissions_boundary_type: Some("Policy".to_owned()),
        permissions_boundary_arn: Some(arn.to_owned()),
    })
}

/// The ARN of a managed policy that may bound permissions: the account's own, or one that every account has.
/// Whoever writes it down calls [`lock_boundary`] in the transaction.
pub(crate) fn boundary(cx: &Context, arn: String) -> Result<String> {
    if !arn.starts_with("arn:") || !arn.contains(":policy/") {
        return Err(Fault::InvalidInput(text::arn_not_valid(&arn)));
    }
    let is_usable = arn.starts_with(SHIPPED_POLICIES) || arn::account_of(&arn) == Some(cx.account());
    if !is_usable || cx.ring().find_policy(&arn).is_none() {
        return Err(Fault::NoSuchEntity(text::boundary_not_found(&arn)));
    }
    Ok(arn)
}

/// Holds the policy that is about to bound permissions; fails where it is gone since [`boundary`] found it.
pub(crate) fn lock_boundary(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<()> {
    if managed_policy::lock(tx, cx, arn)? {
        return Ok(());
    }
    Err(Fault::NoSuchEntity(text::boundary_not_found(arn)))
}

/// An attached policy, whose name is the end of its ARN.
pub(crate) fn attached_policy(arn: String) -> iam::AttachedPolicy {
    iam::AttachedPolicy { policy_name: arn.rsplit('/').next().map(str::to_owned), policy_arn: Some(arn) }
}

/// A user as ListUsers shows it.
pub(crate) fn user(user: &User) -> iam::User {
    iam::User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn().to_string(),
        create_date: user.created_at,
        ..Default::default()
    }
}

/// A login profile, without anything of the password.
pub(crate) fn login_profile(owner: &Principal, profile: &LoginProfile) -> iam::LoginProfile {
    iam::LoginProfile {
        user_name: password::name_of(owner).to_owned(),
        create_date: profile.created_at,
        password_reset_required: Some(profile.reset_required),
    }
}

/// A password policy as it was set: what was left out without a default is absent.
pub(crate) fn password_policy(policy: &PasswordPolicy) -> iam::PasswordPolicy {
    iam::PasswordPolicy {
        minimum_password_length: Some(policy.minimum_length),
        require_symbols: Some(policy.require_symbols),
        require_numbers: Some(policy.require_numbers),
        require_uppercase_characters: Some(policy.require_uppercase),
        require_lowercase_characters: Some(policy.require_lowercase),
        allow_users_to_change_password: Some(policy.allow_users_to_change),
        expire_passwords: Some(policy.max_age_days.is_some()),
        max_password_age: policy.max_age_days,
        password_reuse_prevention: policy.reuse_prevention,
        hard_expiry: policy.hard_expiry,
    }
}

/// The name a principal's credentials are listed under: none for a root user.
pub(crate) fn user_name(principal: &Principal) -> Option<String> {
    (!principal.is_root()).then(|| principal.name.to_string())
}

/// The status that a credential is to have. `Expired` is in the model and cannot be ordered.
pub(crate) fn status(what: &str, word: &str) -> Result<KeyStatus> {
    KeyStatus::parse(word).ok_or_else(|| {
        Fault::InvalidInput(format!("A {what} cannot be set to {word}; use Active or Inactive."))
    })
}

/// What the policy engine is asked about where an operation names a user, or leaves the name out and means
/// the caller. A user that does not exist is asked about by the path `/`, as AWS does.
pub(crate) fn user_arn(cx: &Context, name: Option<&str>) -> Result<Arn> {
    match cx.user_or_caller(name) {
        Ok(principal) => Ok(principal.arn()),
        Err(Fault::NoSuchEntity(_)) => Ok(Arn::user(cx.account(), "/", name.unwrap_or_default())),
        Err(fault) => Err(fault),
    }
}

/// The key `id` of that owner, locked; anybody else's is not found.
pub(crate) fn owned_key(tx: &mut Tx<'_>, cx: &Context, owner_id: &str, id: &str) -> Result<AccessKey> {
    let not_found = || Fault::NoSuchEntity(text::access_key_not_found(id));
    let parsed: AccessKeyId = id.parse().map_err(|_| not_found())?;
    tx.lock_user(cx.account(), owner_id)?;
    let key = tx.access_keys().find(cx.account(), parsed)?.ok_or_else(not_found)?;
    if key.owner_id == owner_id { Ok(key) } else { Err(not_found()) }
}

/// The stored user behind a principal that was found in memory, locked; not found where it is gone since.
pub(crate) fn locked_user(tx: &mut Tx<'_>, cx: &Context, principal: &Principal) -> Result<User> {
    let id = principal.id.to_string();
    tx.lock_user(cx.account(), &id)?;
    let user = tx.users().find_by_id(cx.account(), &id)?;
    user.ok_or_else(|| Fault::NoSuchEntity(text::user_not_found(&principal.name)))
}

/// Locks the owner of credentials, a user or the root user; fails where a user is gone since it was found in
/// memory.
pub(crate) fn lock_owner(tx: &mut Tx<'_>, cx: &Context, principal: &Principal) -> Result<()> {
    if principal.is_root() {
        return Ok(tx.lock_account(cx.account())?);
    }
    locked_user(tx, cx, principal).map(drop)
}

/// Says that the signing certificates of an owner are no longer what they were.
pub(crate) fn touch_certificates(tx: &mut Tx<'_>, cx: &Context, owner: &Principal) {
    tx.touch(Touched::SigningCertificates { account: cx.account(), owner_id: owner.id.to_string() });
}

/// A signing certificate of an owner.
pub(crate) fn signing_certificate(
    owner: &Principal,
    certificate: &SigningCertificate,
) -> iam::SigningCertificate {
    iam::SigningCertificate {
        user_name: user_name(owner).unwrap_or_default(),
        certificate_id: certificate.id.clone(),
        certificate_body: certificate.body.clone(),
        status: certificate.status.as_str().to_owned(),
        upload_date: Some(certificate.uploaded_at),
    }
}

/// An SSH public key of a user, in the encoding of `body`.
pub(crate) fn ssh_public_key(
    owner: &Principal,
    key: &SshPublicKey,
    body: String,
    fingerprint: String,
) -> iam::SSHPublicKey {
    iam::SSHPublicKey {
        user_name: user_name(owner).unwrap_or_default(),
        ssh_public_key_id: key.id.clone(),
        fingerprint,
        ssh_public_key_body: body,
        status: key.status.as_str().to_owned(),
        upload_date: Some(key.uploaded_at),
    }
}
