//! TagInstanceProfile: puts tags on an instance profile; one whose key is there already is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagInstanceProfileRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{instance_profile, tagging};

/// TagInstanceProfile. Source: IAM API reference, TagInstanceProfile.
pub struct TagInstanceProfile;

/// Which profile, and the tags it will have besides those it has.
pub struct Wanted {
    name: String,
    tags: Vec<Tag>,
}

impl Operation for TagInstanceProfile {
    type Input = TagInstanceProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { name: input.instance_profile_name, tags: tagging::read(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let profile = instance_profile::locked(tx, cx, &wanted.name)?;
        tagging::put(tx, cx, &profile.id, &wanted.tags)
    }
}
