//! CreateAccountAlias: a name that the account goes by. It has one at most; a new one takes the place of the
//! one before, which is free from then on.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::CreateAccountAliasRequest;
use keystead_core::{AccountId, Arn};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

/// CreateAccountAlias. Source: IAM API reference, CreateAccountAlias; that it replaces: IAM User Guide, "Using
/// an alias for your AWS account ID".
pub struct CreateAccountAlias;

impl Operation for CreateAccountAlias {
    type Input = CreateAccountAliasRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "CreateAccountAlias";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        let alias = input.account_alias;
        if alias.parse::<AccountId>().is_ok() {
            return Err(Fault::ValidationError(format!(
                "The account alias {alias} is not valid. It must not be 12 digits, which would be an account id."
            )));
        }
        Ok(alias)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, alias: &String) -> Result<()> {
        let taken = || Fault::EntityAlreadyExists(text::alias_exists(alias));
        let replaced =
            tx.aliases().replace(cx.account(), alias).on_constraint("accounts_alias_unique", taken)?;
        if replaced { Ok(()) } else { Err(taken()) }
    }
}
