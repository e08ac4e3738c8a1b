//! What is said by mail to the owner of an account: that credentials fail or work again, and that somebody who holds a
//! working key of a connected account asks to be invited.

use keystead_aws::error::Result;
use keystead_core::Timestamp;
use keystead_gate::{Context, Gate};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_regions::CloudAlert;

/// Credentials of a connected account fail.
pub(crate) fn credentials_fail(_: &mut Tx<'_>, _: &Gate, _: &CloudAccount, _: &CloudAlert) -> Result<()> {
    Ok(())
}

/// They work again.
pub(crate) fn credentials_work(
    _: &mut Tx<'_>,
    _: &Gate,
    _: &CloudAccount,
    _: &CloudAlert,
    _: Timestamp,
) -> Result<()> {
    Ok(())
}

/// Somebody of another account proved a working key of a connected account, and asks its owner for an invitation.
pub(crate) fn invitation_requested(_: &mut Tx<'_>, _: &Context, _: &CloudAccount) -> Result<()> {
    Ok(())
}
