//! What a client is told where the store fails: that nothing was done and to try again, or no more than
//! that something failed. What a broken constraint means is the operation's to say, before it gets here.

use keystead_aws::Fault;

use crate::error::StoreError;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Conflict(_) => Self::ServiceUnavailable(
                "The store cannot be reached just now. Nothing was changed.".to_owned(),
            ),
            StoreError::Full(_) => Self::ServiceUnavailable(
                "There is no room left to store this. Nothing was changed.".to_owned(),
            ),
            other => Self::internal(other),
        }
    }
}
