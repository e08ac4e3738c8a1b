//! CreateLoginProfile: the first password of a user, or of the caller's own root user.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateLoginProfileRequest, CreateLoginProfileResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{OnConstraint, Tx};

use crate::password::{self, Present};
use crate::shape;

/// CreateLoginProfile. Source: IAM API reference, CreateLoginProfile.
pub struct CreateLoginProfile;

/// A profile, before there is a row for it.
pub struct Drafted {
    present: Present,
    profile: LoginProfile,
}

impl Operation for CreateLoginProfile {
    type Input = CreateLoginProfileRequest;
    type Prepared = Drafted;
    type Output = CreateLoginProfileResponse;
    const NAME: &'static str = "CreateLoginProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Drafted> {
        // The model lets it be absent for sessions that AWS makes for an organization's root users.
        let password =
            input.password.ok_or_else(|| Fault::ValidationError(text::member_missing("password")))?;
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        let present = Present::of(cx, &owner)?;
        present.check_absent()?;
        let password_hash = present.accept(cx, &password)?;
        let profile = LoginProfile {
            reset_required: input.password_reset_required.unwrap_or(false),
            ..LoginProfile::first(cx.account(), &owner.id.to_string(), &password_hash, cx.now)
        };
        Ok(Drafted { present, profile })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drafted: &Drafted) -> Result<CreateLoginProfileResponse> {
        let Drafted { present, profile } = drafted;
        shape::lock_owner(tx, cx, &present.owner)?;
        tx.login_profiles()
            .insert(profile)
            .on_constraint("login_profiles_pkey", || password::exists(&present.owner))?;
        Ok(CreateLoginProfileResponse { login_profile: shape::login_profile(&present.owner, profile) })
    }
}
