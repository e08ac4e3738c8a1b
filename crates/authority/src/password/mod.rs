//! Setting passwords: what a new one must be, and what it must not be again.
//!
//! The look at what is there and all hashing belong into `prepare`; `commit` only puts a hash in the place of
//! the one that was looked at, so that of changes that meet, one is made and the others are told.

mod blocklist;

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::password::{BrokenRule, Names};
use keystead_core::{Account, AccountId, PasswordPolicy, SecretString};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, password as hash};
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{OnConstraint, Tx};

/// What is known of an owner's password before it is set.
pub(crate) struct Present {
    pub(crate) owner: Arc<Principal>,
    pub(crate) policy: PasswordPolicy,
    account: Account,
    profile: Option<LoginProfile>,
    /// The latest passwords that may not come back, the present one first.
    remembered: Vec<SecretString>,
}

impl Present {
    /// Looks at what is there now.
    pub(crate) fn of(cx: &Context, owner: &Arc<Principal>) -> Result<Self> {
        let (account, owner_id) = (cx.account(), owner.id.to_string());
        cx.gate().store().read(|tx| {
            let policy = policy_of(tx, owner)?;
            let profile = tx.login_profiles().find(account, &owner_id)?;
            let mut remembered = Vec::new();
            if let (Some(profile), Some(count)) = (&profile, policy.reuse_prevention) {
                remembered.push(profile.password_hash.clone());
                remembered.extend(tx.login_profiles().list_former(account, &owner_id, count - 1)?);
            }
            let account = tx.accounts().find(account)?.ok_or_else(|| gone(account))?;
            Ok(Self { owner: Arc::clone(owner), policy, account, profile, remembered })
        })
    }

    /// The login profile, which is there unless this fails.
    pub(crate) fn profile(&self) -> Result<&LoginProfile> {
        self.profile.as_ref().ok_or_else(|| not_found(&self.owner))
    }

    /// The address of the account's root user.
    pub(crate) fn root_email(&self) -> &str {
        &self.account.root_email
    }

    /// Fails where there is a login profile already.
    pub(crate) fn check_absent(&self) -> Result<()> {
        if self.profile.is_some() { Err(exists(&self.owner)) } else { Ok(()) }
    }

    /// The hash of a new password, where the policy takes it.
    pub(crate) fn accept(&self, cx: &Context, password: &SecretString) -> Result<SecretString> {
        let user = if self.owner.is_root() { "" } else { &*self.owner.name };
        let names = Names { user, account: &self.account.name, root_email: &self.account.root_email };
        let broken = self.policy.broken_rules(password.expose(), &names, blocklist::is_guessable);
        if !broken.is_empty() {
            return Err(violation(&broken));
        }
        cx.gate().hashing().pass(|| {
            for hash in &self.remembered {
                if hash::is_of(Some(hash), password)? {
                    return Err(violation(&[BrokenRule::Reused(self.policy.reuse_prevention.unwrap_or(1))]));
                }
            }
            hash::hash(password, cx.rng())
        })?
    }
}

/// The hash of the first password of a user who is about to be made, where the account's policy takes it.
pub(crate) fn first(cx: &Context, user_name: &str, password: &SecretString) -> Result<SecretString> {
    let id = cx.account();
    let (policy, account) = cx.gate().store().read(|tx| {
        let account = tx.accounts().find(id)?.ok_or_else(|| gone(id))?;
        Ok::<_, Fault>((tx.password_policies().in_force(id)?, account))
    })?;
    let names = Names { user: user_name, account: &account.name, root_email: &account.root_email };
    let broken = policy.broken_rules(password.expose(), &names, blocklist::is_guessable);
    if !broken.is_empty() {
        return Err(violation(&broken));
    }
    cx.gate().hashing().pass(|| hash::hash(password, cx.rng()))?
}

impl Present {
    /// Puts a hash in the place of the one that was looked at, or where there was none; fails where that is no
    /// longer so.
    pub(crate) fn put(
        &self,
        tx: &mut Tx<'_>,
        cx: &Context,
        hash: &SecretString,
        reset_required: bool,
    ) -> Result<()> {
        let changed = || changed_meanwhile(&self.owner);
        if let Some(former) = &self.profile {
            let now = cx.now.whole_second();
            let replaced = tx.login_profiles().replace_password(former, hash, reset_required, now)?;
            return if replaced { Ok(()) } else { Err(changed()) };
        }
        let first = LoginProfile::first(cx.account(), &self.owner.id.to_string(), hash, cx.now);
        tx.login_profiles().insert(&first).on_constraint("login_profiles_pkey", changed)
    }
}

/// The policy that binds an owner's password.
pub(crate) fn policy_of(tx: &mut Tx<'_>, owner: &Principal) -> Result<PasswordPolicy> {
    if owner.is_root() {
        return Ok(PasswordPolicy::ROOT);
    }
    Ok(tx.password_policies().in_force(owner.account)?)
}

/// The name an owner's password is known by.
pub(crate) fn name_of(owner: &Principal) -> &str {
    if owner.is_root() { "root" } else { &owner.name }
}

/// The owner has no login profile.
pub(crate) fn not_found(owner: &Principal) -> Fault {
    Fault::NoSuchEntity(text::login_profile_not_found(name_of(owner)))
}

/// The owner has a login profile.
pub(crate) fn exists(owner: &Principal) -> Fault {
    Fault::EntityAlreadyExists(text::login_profile_exists(name_of(owner)))
}

/// The password is no longer the one that was looked at.
pub(crate) fn changed_meanwhile(owner: &Principal) -> Fault {
    Fault::EntityTemporarilyUnmodifiable(text::login_profile_changed(name_of(owner)))
}

fn gone(account: AccountId) -> Fault {
    Fault::internal(format!("account {account} has a principal and no row"))
}

fn violation(broken: &[BrokenRule]) -> Fault {
    let rules: Vec<String> = broken.iter().map(ToString::to_string).collect();
    Fault::PasswordPolicyViolation(format!("This one {}.", rules.join(", and ")))
}
