//! ChangePassword: a user sets another password of its own, by knowing the present one.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::ChangePasswordRequest;
use keystead_core::password::Validity;
use keystead_core::{Arn, SecretString};
use keystead_gate::authorize::{self, ContextKeys};
use keystead_gate::password::Attempt;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_policy::{Outcome, PolicyType};
use keystead_store::Tx;

use crate::password::Present;

/// ChangePassword. Source: IAM API reference, ChangePassword.
pub struct ChangePassword;

const ACTION: &str = "iam:ChangePassword";

/// What was there, and what shall be.
pub struct Wanted {
    present: Present,
    password_hash: SecretString,
}

impl Operation for ChangePassword {
    type Input = ChangePasswordRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "ChangePassword";
    const KIND: Kind = Kind::Write;
    /// The account's password policy may permit it too, which is looked up in `prepare`.
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(cx.principal()?.arn())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.principal()?;
        authorize::check_session(cx, ACTION)?;
        if owner.kind != PrincipalKind::User {
            return Err(Fault::InvalidUserType("Only IAM Users can change their own password.".to_owned()));
        }
        let present = Present::of(cx, owner)?;
        check_permitted(cx, &present, &Self::resource(cx, &input)?)?;
        let profile = present.profile()?;
        let hash = Some(&profile.password_hash);
        let attempt =
            cx.gate().try_password(cx.account(), &profile.owner_id, hash, &input.old_password, cx.now);
        match attempt? {
            Attempt::Right => {}
            Attempt::Wrong => return Err(Fault::OldPasswordIncorrect),
            Attempt::Refused => return Err(Fault::LimitReached(text::passwords_exceeded())),
        }
        let password_hash = present.accept(cx, &input.new_password)?;
        Ok(Wanted { present, password_hash })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        wanted.present.put(tx, cx, &wanted.password_hash, false)
    }
}

/// A policy of the user permits it, or the account lets its users do it. The latter stands for a policy that
/// every user has: it does not reach over a denial, and not over a hard expiry, which is there to have an
/// administrator look.
fn check_permitted(cx: &Context, present: &Present, resource: &Arn) -> Result<()> {
    cx.authorize(ACTION, resource, &ContextKeys::default()).or_else(|denied| {
        let outcome = authorize::ask(cx, ACTION, resource, &ContextKeys::default(), None)?;
        let ungranted = outcome == Outcome::ImplicitlyDenied(PolicyType::Identity);
        let set_at = present.profile().map_or(cx.now, |profile| profile.changed_at);
        let hard_expired = present.policy.validity(set_at, cx.now) == Validity::HardExpired;
        let let_by_account = ungranted && present.policy.allow_users_to_change && !hard_expired;
        // An administrator who asks for another password lets its owner set it.
        let let_by_reset = ungranted && present.profile().is_ok_and(|profile| profile.reset_required);
        if let_by_account || let_by_reset { Ok(()) } else { Err(denied) }
    })
}
