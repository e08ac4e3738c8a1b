//! What IAM has. Access keys are listed user by user, and when each was last used is asked one by one: there is no
//! call that tells all of it.

use std::thread;

use keystead_aws::xml::Element;

use crate::provider::aws::listing::{LISTING, Listing, Title, at};
use crate::provider::aws::service::IAM;
use crate::provider::aws::{Call, query};
use crate::provider::resource::{Page, Resource, ResourceKind};
use crate::provider::{CloudFault, Outcome, Reach};

/// Users asked about at once.
const USERS_AT_ONCE: usize = 8;
/// What IAM says of a key that was never used.
const NEVER: &str = "N/A";

/// Users.
pub(super) static USERS: Listing = Listing {
    name: "users",
    is_global: true,
    service: &IAM,
    action: "ListUsers",
    parameters: &[("MaxItems", "1000")],
    next: Some(("Marker", &["ListUsersResult", "Marker"])),
    items: &["ListUsersResult", "Users", "member"],
    id: &[&["UserId"]],
    title: Title::At(&["UserName"]),
    attributes: &[
        ("arn", &["Arn"]),
        ("path", &["Path"]),
        ("created_at", &["CreateDate"]),
        ("password_last_used_at", &["PasswordLastUsed"]),
    ],
    ..LISTING
};

/// Server certificates.
pub(super) static SERVER_CERTIFICATES: Listing = Listing {
    name: "server_certificates",
    is_global: true,
    service: &IAM,
    action: "ListServerCertificates",
    parameters: &[("MaxItems", "1000")],
    next: Some(("Marker", &["ListServerCertificatesResult", "Marker"])),
    items: &["ListServerCertificatesResult", "ServerCertificateMetadataList", "member"],
    id: &[&["ServerCertificateId"]],
    title: Title::At(&["ServerCertificateName"]),
    attributes: &[
        ("arn", &["Arn"]),
        ("path", &["Path"]),
        ("uploaded_at", &["UploadDate"]),
        ("expires_at", &["Expiration"]),
    ],
    ..LISTING
};

/// Access keys of users, with their age and last use.
pub(super) static ACCESS_KEYS: AccessKeys = AccessKeys;

/// See [`ACCESS_KEYS`].
#[derive(Debug)]
pub(super) struct AccessKeys;

impl ResourceKind for AccessKeys {
    fn name(&self) -> &'static str {
        "access_keys"
    }

    fn is_global(&self) -> bool {
        true
    }

    fn actions(&self) -> Vec<String> {
        ["ListUsers", "ListAccessKeys", "GetAccessKeyLastUsed"]
            .map(|action| Call::of(&IAM, action).action())
            .into()
    }

    fn page(&self, reach: &Reach<'_>, _: &str, token: Option<&str>) -> Outcome<Page> {
        let call = Call::of(&IAM, "ListUsers").with("MaxItems", "100");
        let call = token.into_iter().fold(call, |call, token| call.with("Marker", token));
        let reply = query(reach, &call)?;
        let users = at(&reply, &["ListUsersResult", "Users", "member", "UserName"]);
        let next = reply.text_at(&["ListUsersResult", "Marker"]).filter(|token| !token.is_empty());
        let mut page = Page { calls: 1, next: next.map(str::to_owned), ..Page::default() };
        let share = users.len().div_ceil(USERS_AT_ONCE).max(1);
        thread::scope(|scope| {
            let asked: Vec<_> =
                users.chunks(share).map(|users| scope.spawn(move || keys_of(reach, users))).collect();
            for asked in asked {
                let broken = || CloudFault::Unreadable("reading it broke off".to_owned());
                let (keys, calls) = asked.join().map_err(|_| broken())??;
                page.resources.extend(keys);
                page.calls += calls;
            }
            Ok(page)
        })
    }
}

/// The keys of some users, and how many calls that took.
fn keys_of(reach: &Reach<'_>, users: &[&Element]) -> Outcome<(Vec<Resource>, u64)> {
    let (mut keys, mut calls) = (Vec::new(), 0);
    for user in users {
        let reply = query(reach, &Call::of(&IAM, "ListAccessKeys").with("UserName", &*user.text))?;
        calls += 1;
        // Nobody has more than two; whoever says otherwise does not have us ask without end.
        for key in at(&reply, &["ListAccessKeysResult", "AccessKeyMetadata", "member"]).into_iter().take(10) {
            keys.extend(access_key(reach, &user.text, key)?);
            calls += 1;
        }
    }
    Ok((keys, calls))
}

fn access_key(reach: &Reach<'_>, user: &str, key: &Element) -> Outcome<Option<Resource>> {
    let text = |name| key.text_at(&[name]);
    let Some(resource) = text("AccessKeyId").and_then(|id| Resource::new(id, Some(user), text("Status")))
    else {
        return Ok(None);
    };
    let call = Call::of(&IAM, "GetAccessKeyLastUsed").with("AccessKeyId", resource.id.clone());
    let reply = query(reach, &call)?;
    let used = |name| {
        let path = ["GetAccessKeyLastUsedResult", "AccessKeyLastUsed", name];
        reply.text_at(&path).filter(|used| *used != NEVER).unwrap_or_default()
    };
    let resource = resource.with("user", user).with("created_at", text("CreateDate").unwrap_or_default());
    let resource = resource.with("last_used_at", used("LastUsedDate"));
    Ok(Some(resource.with("last_used_service", used("ServiceName")).with("last_used_region", used("Region"))))
}
