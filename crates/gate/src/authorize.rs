//! May they: one question for every operation. The policy engine will stand behind this same call.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;

use crate::authenticate::{Caller, Identity, credential_arn};

/// The managed policy that allows everything.
pub const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Whether `caller` may do `action` (for example `iam:CreateUser`) to `resource`.
///
/// For now: a root user may do everything, a user what the attached `AdministratorAccess` allows, and a
/// consumer exactly what is addressed to consumers, about its own credential.
pub fn authorize(caller: &Caller, service: &str, operation: &str, resource: &Arn) -> Result<()> {
    let allowed = match &caller.identity {
        Identity::Key { principal, .. } => {
            principal.is_root() || principal.policies.iter().any(|arn| &**arn == ADMINISTRATOR_ACCESS)
        }
        Identity::Consumer { credential_id, .. } => {
            *resource == credential_arn(caller.account, credential_id)
        }
    };
    if allowed {
        return Ok(());
    }
    Err(Fault::AccessDenied {
        caller: caller.arn().to_string(),
        action: format!("{service}:{operation}"),
        resource: resource.to_string(),
    })
}
