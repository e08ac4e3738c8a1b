//! Clouds: accounts at clouds that are connected here, how they are, and what is done with them.
//!
//! [`list`] is *Your clouds*, [`connect`] and [`setup`] the way of a new one from its credentials to its last step,
//! [`show`] one of them, [`change`] the pencil beside it, [`delete`] the red cross.

mod change;
mod connect;
mod delete;
mod help;
mod list;
mod matrix;
mod rotate;
mod setup;
mod show;
mod ssh_keys;
mod status;

use keystead_core::Timestamp;
use serde_json::Value;
pub(super) use status::plain;

use crate::console::answer::{Page, Refusal};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// Where they are listed.
const CLOUDS: &str = "/console/clouds";
/// Words that stand where names do; a cloud of such a name goes by its id.
const WORDS: [&str; 3] = ["connect", "help", "request-invitation"];

/// A connected account as pages show it.
pub(super) struct Cloud {
    pub(super) name: String,
    /// Address of its page.
    pub(super) address: String,
    pub(super) number: String,
    endpoint: String,
    kind: String,
    pub(super) principal: String,
    version: i64,
    connected_by: String,
    connected_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
}

impl Cloud {
    fn read(cloud: &Value) -> Self {
        let name = cloud.text("name");
        Self {
            address: address(&name, &cloud.text("cloud_account_id")),
            name,
            number: cloud.text("account_number"),
            endpoint: cloud.text("endpoint"),
            kind: cloud.text("credential_kind"),
            principal: cloud.text("principal_arn"),
            version: cloud.number("credential_version"),
            connected_by: cloud.text("connected_by"),
            connected_at: cloud.time("created_at"),
            changed_at: cloud.time("updated_at"),
        }
    }

    /// Its number in the three groups that people read.
    pub(super) fn grouped(&self) -> String {
        let parts: Vec<&str> = [0..4, 4..8, 8..12].into_iter().filter_map(|at| self.number.get(at)).collect();
        if parts.len() == 3 && self.number.len() == 12 { parts.join("-") } else { self.number.clone() }
    }

    /// What kind of cloud it is.
    fn type_name(&self) -> String {
        match self.endpoint.as_str() {
            "aws" => "Public (Amazon)".to_owned(),
            "aws-cn" => "Public (Amazon China)".to_owned(),
            "aws-us-gov" => "Public (Amazon GovCloud)".to_owned(),
            endpoint => format!("Private ({endpoint})"),
        }
    }

    fn is_role(&self) -> bool {
        self.kind == "role"
    }

    fn is_root(&self) -> bool {
        self.principal.ends_with(":root")
    }
}

/// The address of a connected account's page.
fn address(name: &str, id: &str) -> String {
    format!("{CLOUDS}/{}", segment(if WORDS.contains(&name) { id } else { name }))
}

/// The path of an operation on a connected account.
pub(super) fn path(cloud: &str, rest: &str) -> Result<String, Refusal> {
    if cloud.contains('/') {
        return Err(Refusal::nowhere());
    }
    Ok(format!("/api/v1/cloud-accounts/{cloud}{rest}"))
}

/// The connected account of a name or id.
fn get(request: &Request, cloud: &str) -> Result<Cloud, Refusal> {
    Ok(Cloud::read(&request.get(&path(cloud, "")?)?))
}

/// All connected accounts, the first thousand of them.
pub(super) fn all(request: &Request) -> Result<Vec<Cloud>, Refusal> {
    let mut clouds = Vec::new();
    let mut asked = serde_json::json!({});
    while clouds.len() < 1_000 {
        let page = request.rest("GET", "/api/v1/cloud-accounts", asked.clone())?;
        clouds.extend(page.list("cloud_accounts").iter().map(Cloud::read));
        let Some(next) = page.find("next") else { break };
        asked["after"] = next.into();
    }
    Ok(clouds)
}

/// A kind as it is asked for, and as it is said.
pub(super) type Kind = (String, String);

/// Regions of a connected account, and kinds of what was found in it.
pub(super) fn places(request: &Request, cloud: &str) -> Result<(Vec<String>, Vec<Kind>), Refusal> {
    let status = status::Status::of(request, cloud)?;
    let mut regions: Vec<String> = status.regions.into_iter().map(|region| region.name).collect();
    regions.insert(0, "global".to_owned());
    let kinds =
        status::Discovery::newest(request, cloud)?.map(|discovery| discovery.kinds).unwrap_or_default();
    Ok((regions, kinds.into_iter().map(|(kind, said, _)| (kind, said)).collect()))
}

/// The frame of a page below *Your clouds*.
fn below(request: &Request, title: impl Into<String>) -> Frame {
    Frame::of(request, title)
        .below("Settings", "/console/settings")
        .below("Account settings", "/console/settings")
        .below("Clouds", CLOUDS)
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list::answer(request),
        ["connect"] => connect::choose(request),
        ["connect", "aws"] => connect::answer(request),
        ["help"] => help::answer(request),
        ["request-invitation"] => connect::request_invitation(request),
        [cloud] => show::answer(request, cloud, None),
        [cloud, "setup", step] => setup::answer(request, cloud, step),
        [cloud, "credentials"] => change::answer(request, cloud),
        [cloud, "undo"] => change::undo(request, cloud),
        [cloud, "delete"] => delete::answer(request, cloud),
        [cloud, "ssh-keys"] => ssh_keys::list(request, cloud),
        [cloud, "ssh-keys", key, "reveal"] => ssh_keys::reveal(request, cloud, key),
        [cloud, "ssh-keys", key, "keep"] => ssh_keys::keep(request, cloud, key),
        [cloud, "rotate"] => rotate::answer(request, cloud),
        [cloud, "requery"] if request.is_post => show::requery(request, cloud),
        [cloud, "discover"] if request.is_post => show::discover(request, cloud),
        [cloud, "regenerate"] if request.is_post => show::regenerate(request, cloud),
        _ => Err(Refusal::nowhere()),
    }
}
