//! The pages, by the first part of their address. Each part of the console is a file or folder here and takes the
//! rest of the address.

mod audit;
mod clouds;
pub(crate) mod confirm;
mod consumers;
mod credential_report;
mod credentials;
mod deployments;
mod find;
mod forgot_password;
mod groups;
mod home;
mod honey;
mod inputs;
mod invitations;
mod leaks;
mod permissions;
mod policies;
mod resources;
mod roles;
mod rotations;
mod security_credentials;
mod sessions;
mod settings;
mod sign_in;
mod tags;
mod users;
mod workloads;
pub(crate) mod wrong;

use super::answer::{Answer, Page, Refusal};
use super::door::segment;
use super::visit::Request;

/// The page at a request's address.
pub(crate) fn answer(request: &Request) -> Page {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let open = sign_in::answer(request, &segments).or_else(|| forgot_password::answer(request, &segments));
    if let Some(page) = open {
        return page;
    }
    if let Some(page) = invitations::outside(request, &segments) {
        return page;
    }
    if request.visitor.is_none() {
        return Ok(Answer::Go(format!("/console/signin?next={}", segment(&request.address))));
    }
    match segments.split_first() {
        None => home::answer(request),
        Some((&"audit", rest)) => audit::answer(request, rest),
        Some((&"clouds", rest)) => clouds::answer(request, rest),
        Some((&"consumers", rest)) => consumers::answer(request, rest),
        Some((&"credential-report", rest)) => credential_report::answer(request, rest),
        Some((&"credentials", rest)) => credentials::answer(request, rest),
        Some((&"deployments", rest)) => deployments::answer(request, rest),
        Some((&"find", [])) => find::answer(request),
        Some((&"groups", rest)) => groups::answer(request, rest),
        Some((&"invitations", rest)) => invitations::answer(request, rest),
        Some((&"leaks", rest)) => leaks::answer(request, rest),
        Some((&"policies", rest)) => policies::answer(request, rest),
        Some((&"resources", rest)) => resources::answer(request, rest),
        Some((&"roles", rest)) => roles::answer(request, rest),
        Some((&"rotations", rest)) => rotations::answer(request, rest),
        Some((&"security-credentials", rest)) => {
            security_credentials::answer(request, &security_credentials::Owner::own(), rest)
        }
        Some((&"sessions", rest)) => sessions::answer(request, rest),
        Some((&"settings", rest)) => settings::answer(request, rest),
        Some((&"users", rest)) => users::answer(request, rest),
        Some((&"workloads", rest)) => workloads::answer(request, rest),
        _ => Err(Refusal::nowhere()),
    }
}

/// The address of what has a name, below its area. `new` is the page that makes one, so what is called so has its page
/// one further down.
fn named(area: &str, name: &str) -> String {
    match name {
        "new" => format!("{area}/new/details"),
        name => format!("{area}/{}", segment(name)),
    }
}
