//! ListPrincipalsWhoCan: the users and roles of the account whose policies allow an action on a thing, page by page.
//! A page asks a bounded number of them and says where to go on, even where it has found none.

use keystead_aws::error::{Fault, Result};
use keystead_core::user::fold_name;
use keystead_core::{AccountId, Arn};
use keystead_gate::authorize::{self, ContextKeys};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_policy::Outcome;
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ListPrincipalsWhoCan.
pub struct ListPrincipalsWhoCan;

/// How many are asked for one page.
const ASKED_MAX: usize = 2_000;

/// What it is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// An action, for example `s3:GetObject`.
    pub action: String,
    /// The ARN of a thing; `*` where it is not said.
    pub resource: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One page. The root user, who may do everything, is not among them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Who can.
    pub principals: Vec<Shown>,
    /// How many were asked for this page.
    pub asked: usize,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A user or role.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// `user` or `role`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// Where a page begins: among users or roles, after a name.
struct Place {
    among: &'static str,
    after: String,
}

/// What a request comes to.
pub struct Wanted {
    action: String,
    resource: Arn,
    place: Place,
}

impl Operation for ListPrincipalsWhoCan {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "ListPrincipalsWhoCan";
    const KIND: Kind = Kind::Read;
    /// It asks many policies.
    const WAITS: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "identity/*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        let is_action = input.action.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty() && !name.is_empty() && !input.action.contains(['*', '?', ' '])
        });
        if !is_action {
            return Err(Fault::ValidationError(
                "`action` is one action with its service and no wildcard, for example s3:GetObject."
                    .to_owned(),
            ));
        }
        let place = match input.after.as_deref().map(|after| after.split_once('/')) {
            None => Place { among: "user", after: String::new() },
            Some(Some(("user", name))) => Place { among: "user", after: name.to_owned() },
            Some(Some(("role", name))) => Place { among: "role", after: name.to_owned() },
            Some(_) => return Err(Fault::ValidationError("`after` is not the `next` of a page.".to_owned())),
        };
        let resource = input.resource.filter(|resource| !resource.is_empty());
        let resource = resource.map_or_else(Arn::any, |resource| Arn::written(&resource));
        Ok(Wanted { action: input.action, resource, place })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let Wanted { action, resource, place } = wanted;
        let names = names(tx, cx.account(), place)?;
        let keys = ContextKeys::default();
        let mut principals = Vec::new();
        for (kind, name) in &names {
            let found = match *kind {
                "user" => cx.ring().find_user(cx.account(), name),
                _ => cx.ring().find_role(cx.account(), name),
            };
            let Some(principal) = found else { continue };
            let outcome = authorize::decide(cx, &principal, None, action, resource, &keys, None);
            if outcome == Outcome::Allowed {
                principals.push(Shown { kind, name: name.clone(), arn: principal.arn().to_string() });
            }
        }
        let next = (names.len() == ASKED_MAX)
            .then(|| names.last().map(|(kind, name)| format!("{kind}/{}", fold_name(name))))
            .flatten();
        Ok(Output { principals, asked: names.len(), next })
    }
}

impl RestOperation for ListPrincipalsWhoCan {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/who-can" };
}

/// Whoever is asked for one page: users by name, then roles by name.
fn names(tx: &mut Tx<'_>, account: AccountId, place: &Place) -> Result<Vec<(&'static str, String)>> {
    let mut names = Vec::new();
    let after = Some(place.after.as_str());
    if place.among == "user" {
        let users = tx.users().list(account, "/", after, ASKED_MAX as i64)?;
        names.extend(users.into_iter().map(|user| ("user", user.name)));
    }
    let left = ASKED_MAX - names.len();
    let after = after.filter(|_| place.among == "role").or(Some(""));
    if left > 0 {
        let roles = tx.roles().list(account, "/", after, left as i64)?;
        names.extend(roles.into_iter().map(|role| ("role", role.name)));
    }
    Ok(names)
}
