//! DeleteAccountPasswordPolicy: back to the default.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// DeleteAccountPasswordPolicy. Source: IAM API reference, DeleteAccountPasswordPolicy.
pub struct DeleteAccountPasswordPolicy;

impl Operation for DeleteAccountPasswordPolicy {
    type Input = ();
    type Prepared = ();
    type Output = ();
    const NAME: &'static str = "DeleteAccountPasswordPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<()> {
        if tx.password_policies().delete(cx.account())? {
            return Ok(());
        }
        Err(Fault::NoSuchEntity(text::password_policy_not_set()))
    }
}
