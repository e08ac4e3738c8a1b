//! DeleteAccountAlias: the account goes by its number alone again.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteAccountAliasRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// DeleteAccountAlias. Source: IAM API reference, DeleteAccountAlias.
pub struct DeleteAccountAlias;

impl Operation for DeleteAccountAlias {
    type Input = DeleteAccountAliasRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "DeleteAccountAlias";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.account_alias)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, alias: &String) -> Result<()> {
        if tx.aliases().remove(cx.account(), alias)? {
            return Ok(());
        }
        Err(Fault::NoSuchEntity(text::alias_not_found(alias)))
    }
}
