//! UntagInstanceProfile: takes tags off an instance profile; a key that is not there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagInstanceProfileRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{instance_profile, tagging};

/// UntagInstanceProfile. Source: IAM API reference, UntagInstanceProfile.
pub struct UntagInstanceProfile;

/// Which profile, and the keys it will be without.
pub struct Wanted {
    name: String,
    keys: Vec<String>,
}

impl Operation for UntagInstanceProfile {
    type Input = UntagInstanceProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { name: input.instance_profile_name, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let profile = instance_profile::locked(tx, cx, &wanted.name)?;
        Ok(tx.tags().remove(profile.account, &profile.id, &wanted.keys)?)
    }
}
