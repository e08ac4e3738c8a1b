//! Deleting a user. IAM refuses while anything hangs on it, so the page says what does and where it is taken off.

use super::{address, check, frame};
use crate::console::answer::{Page, go};
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::time;
use crate::console::visit::Request;

/// What hangs on a user: the operation that lists it, its list, and what it is called.
const PARTS: [(&str, &str, &str); 8] = [
    ("ListAccessKeys", "AccessKeyMetadata", "access key"),
    ("ListSigningCertificates", "Certificates", "signing certificate"),
    ("ListSSHPublicKeys", "SSHPublicKeys", "SSH key"),
    ("ListServiceSpecificCredentials", "ServiceSpecificCredentials", "service credential"),
    ("ListMFADevices", "MFADevices", "MFA device"),
    ("ListAttachedUserPolicies", "AttachedPolicies", "attached policy"),
    ("ListUserPolicies", "PolicyNames", "inline policy"),
    ("ListGroupsForUser", "Groups", "group membership"),
];

pub(super) fn answer(request: &Request, name: &str) -> Page {
    let user = check(request, name)?;
    let frame = frame(request, name, &format!("Delete {name}"))
        .help("A user is deleted for good, and its name can be used again. Everything that hangs on it goes first.")
        .twin(format!("aws iam delete-user --user-name {name}"), format!("POST / Action=DeleteUser&UserName={name}"));
    let mut question = Confirm::new(
        frame,
        format!("{name} is deleted for good. Whatever still uses its credentials is refused from then on."),
        "Delete user",
        address(name),
    )
    .typed(name, format!("the name {name}"));
    if let Some(at) = user.time("PasswordLastUsed") {
        question = question.evidence(format!("Its password was last used on {}.", time::day_text(at)));
    }
    for (action, list, what) in PARTS {
        if let Ok(found) = request.query(action, &[("UserName", name)]) {
            let count = found.list(list).len();
            if count > 0 {
                question = question.evidence(format!("{count} × {what}: take it off first."));
            }
        }
    }
    question.or_do(request, || {
        request.query("DeleteUser", &[("UserName", name)])?;
        go("/console/users", "user-deleted")
    })
}
