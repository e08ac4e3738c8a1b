//! DeleteLoginProfile: the user has no password any more.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteLoginProfileRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{password, shape};

/// DeleteLoginProfile. Source: IAM API reference, DeleteLoginProfile.
pub struct DeleteLoginProfile;

impl Operation for DeleteLoginProfile {
    type Input = DeleteLoginProfileRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteLoginProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        cx.user_or_caller(input.user_name.as_deref())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, owner: &Arc<Principal>) -> Result<()> {
        shape::lock_owner(tx, cx, owner)?;
        let deleted = tx.login_profiles().delete(cx.account(), &owner.id.to_string())?;
        if deleted { Ok(()) } else { Err(password::not_found(owner)) }
    }
}
