//! CreateInstanceProfile: a new instance profile without a role.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{self, CreateInstanceProfileRequest, CreateInstanceProfileResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, InstanceProfile, Quota, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::{instance_profile, tagging};

/// CreateInstanceProfile. Source: IAM API reference, CreateInstanceProfile.
pub struct CreateInstanceProfile;

/// A profile drawn, and the tags it will have.
pub struct NewProfile {
    profile: InstanceProfile,
    tags: Vec<Tag>,
}

impl Operation for CreateInstanceProfile {
    type Input = CreateInstanceProfileRequest;
    type Prepared = NewProfile;
    type Output = CreateInstanceProfileResponse;
    const NAME: &'static str = "CreateInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let path = input.path.as_deref().unwrap_or("/");
        Ok(Arn::instance_profile(cx.account(), path, &input.instance_profile_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<NewProfile> {
        tagging::authorize(cx, "iam:TagInstanceProfile", &Self::resource(cx, &input)?, &input.tags)?;
        let tags = tagging::read(input.tags)?;
        let profile = InstanceProfile {
            account: cx.account(),
            id: unique_id(UniqueIdKind::InstanceProfile, cx.rng()),
            name: input.instance_profile_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            role_id: None,
            created_at: cx.now.whole_second(),
        };
        Ok(NewProfile { profile, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &NewProfile) -> Result<CreateInstanceProfileResponse> {
        let NewProfile { profile, tags } = new;
        let count =
            tx.instance_profiles().insert(profile).on_constraint("instance_profiles_name_unique", || {
                Fault::EntityAlreadyExists(text::instance_profile_exists(&profile.name))
            })?;
        cx.check_quota(Quota::InstanceProfiles, count)?;
        tagging::put(tx, cx, &profile.id, tags)?;
        let tags = Some(tagging::all(tx, cx, &profile.id)?).filter(|tags| !tags.is_empty());
        let shown = iam::InstanceProfile { tags, ..instance_profile::shown(tx, cx, profile)? };
        Ok(CreateInstanceProfileResponse { instance_profile: shown })
    }
}
