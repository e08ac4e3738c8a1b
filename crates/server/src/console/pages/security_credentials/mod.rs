//! Security credentials: of whoever is signed in, and of a user whom somebody looks after. Access keys with who uses
//! them, signing certificates, SSH keys, service credentials, the password and MFA devices.

mod access_keys;
mod certificates;
mod mfa;
mod passkeys;
mod password;
mod root_email;
mod service_credentials;
mod show;
mod ssh_keys;

use crate::console::answer::{Page, Refusal};
use crate::console::frame::Frame;
use crate::console::pages::users;
use crate::console::visit::Request;

/// Whose credentials they are.
pub(super) struct Owner {
    /// The user's name; none for whoever is signed in.
    name: Option<String>,
    /// Address of the page.
    base: String,
}

impl Owner {
    /// Whoever is signed in.
    pub(super) fn own() -> Self {
        Self { name: None, base: "/console/security-credentials".to_owned() }
    }

    /// A user.
    pub(super) fn user(name: &str) -> Self {
        Self { name: Some(name.to_owned()), base: users::address(name) }
    }

    /// The parameters of an operation about them.
    fn given<'o>(&'o self, more: &[(&'o str, &'o str)]) -> Vec<(&'o str, &'o str)> {
        let mut given: Vec<_> = self.name.iter().map(|name| ("UserName", name.as_str())).collect();
        given.extend_from_slice(more);
        given
    }

    /// What the same is given on the command line.
    fn option(&self) -> String {
        self.name.as_ref().map(|name| format!(" --user-name {name}")).unwrap_or_default()
    }

    /// The name that files and devices are called by.
    fn called(&self, request: &Request) -> String {
        match (&self.name, &request.visitor) {
            (Some(name), _) => name.clone(),
            (None, Some(visitor)) if !visitor.principal.is_root() => visitor.principal.name.to_string(),
            _ => "root".to_owned(),
        }
    }

    /// Whether they are a root user's, whose password and devices have operations of their own.
    fn is_root(&self, request: &Request) -> bool {
        self.name.is_none() && request.visitor.as_ref().is_some_and(|visitor| visitor.principal.is_root())
    }

    /// The frame of a page below this one.
    fn frame(&self, request: &Request, title: &str) -> Frame {
        let frame = Frame::of(request, title);
        match &self.name {
            Some(name) => frame.below("Users", "/console/users").below(name, self.base.clone()),
            None => frame.below("My security credentials", self.base.clone()),
        }
    }
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match rest {
        [] => show::answer(request, of),
        ["keys", rest @ ..] => access_keys::answer(request, of, rest),
        ["certificates", rest @ ..] => certificates::answer(request, of, rest),
        ["ssh-keys", rest @ ..] => ssh_keys::answer(request, of, rest),
        ["service-credentials", rest @ ..] => service_credentials::answer(request, of, rest),
        ["email"] => root_email::answer(request, of),
        ["password", rest @ ..] => password::answer(request, of, rest),
        ["mfa", rest @ ..] => mfa::answer(request, of, rest),
        ["passkeys", rest @ ..] => passkeys::answer(request, of, rest),
        _ => Err(Refusal::nowhere()),
    }
}
