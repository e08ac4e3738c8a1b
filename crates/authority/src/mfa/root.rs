//! The root user's device: IAM's operations name a user, so there are operations of ours for the root user.

use keystead_aws::error::Result;
use keystead_gate::Context;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pair::{CheckedPair, GivenPair, Purpose};

/// Which device, and two codes of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The device's serial number, an ARN.
    pub serial_number: String,
    /// A code.
    pub authentication_code1: String,
    /// The code after that.
    pub authentication_code2: String,
}

/// The root user's device.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its serial number.
    pub serial_number: String,
}

impl Input {
    /// Looks at the codes, for the root user and nobody else.
    pub(crate) fn check(self, cx: &Context, purpose: Purpose) -> Result<CheckedPair> {
        let owner = cx.root_user()?.clone();
        let codes = [self.authentication_code1, self.authentication_code2];
        CheckedPair::check(cx, purpose, GivenPair { owner, serial_number: self.serial_number, codes })
    }
}

impl Output {
    pub(crate) fn of(pair: &CheckedPair) -> Self {
        Self { serial_number: pair.serial_number().to_owned() }
    }
}
