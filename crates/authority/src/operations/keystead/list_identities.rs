//! ListIdentities: users, groups, roles or managed policies of the account by the beginning of their names, which
//! IAM's own lists cannot be asked for.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ListIdentities.
pub struct ListIdentities;

/// Which of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `user`, `group`, `role` or `policy`.
    pub kind: String,
    /// What their names begin with, in whatever case; all of them where it is not said.
    pub begins: Option<String>,
    /// How many at most: 1 to 1,000, and 100 where it is not said.
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// What was found, by name.
    pub identities: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at: String,
}

/// What is asked about.
#[derive(Clone, Copy)]
enum Of {
    User,
    Group,
    Role,
    Policy,
}

/// What a request comes to.
pub struct Wanted {
    of: Of,
    begins: String,
    after: String,
    limit: usize,
}

impl Operation for ListIdentities {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "ListIdentities";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), &format!("identity/{}", input.kind)))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        let of = match input.kind.as_str() {
            "user" => Of::User,
            "group" => Of::Group,
            "role" => Of::Role,
            "policy" => Of::Policy,
            _ => return Err(wrong("`kind` is user, group, role or policy.")),
        };
        let limit = input.limit.as_deref().map_or(Ok(100), str::parse);
        let limit = limit.ok().filter(|limit| (1..=1_000).contains(limit));
        let begins = fold_name(&input.begins.unwrap_or_default());
        let after = input.after.unwrap_or_else(|| before_all(&begins));
        let limit = limit.ok_or_else(|| wrong("`limit` is a number from 1 to 1000."))?;
        Ok(Wanted { of, begins, after, limit })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let mut identities = list(tx, cx, wanted)?;
        identities.retain(|found| fold_name(&found.name).starts_with(&wanted.begins));
        let more = identities.len() > wanted.limit;
        identities.truncate(wanted.limit);
        let next = identities.last().filter(|_| more).map(|last| fold_name(&last.name));
        Ok(Output { identities, next })
    }
}

impl RestOperation for ListIdentities {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/identities" };
}

fn wrong(sentence: &str) -> Fault {
    Fault::ValidationError(sentence.to_owned())
}

/// A text that sorts before every name that begins so and after every other one: names hold nothing above `z`, so
/// whatever stands below the last letter, with the last character there is, is right in front of it.
fn before_all(begins: &str) -> String {
    let mut letters: Vec<char> = begins.chars().collect();
    match letters.pop().map(|last| char::from_u32(u32::from(last).saturating_sub(1))) {
        Some(Some(below)) => letters.into_iter().chain([below, char::MAX]).collect(),
        _ => String::new(),
    }
}

/// One more than is wanted, which tells whether there are more.
fn list(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Vec<Shown>> {
    let (account, after, limit) = (cx.account(), Some(wanted.after.as_str()), wanted.limit as i64 + 1);
    macro_rules! shown {
        ($found:expr) => {
            $found
                .into_iter()
                .map(|found| Shown {
                    arn: found.arn().to_string(),
                    created_at: found.created_at.to_iso8601(),
                    name: found.name,
                    path: found.path,
                })
                .collect()
        };
    }
    Ok(match wanted.of {
        Of::User => shown!(tx.users().list(account, "/", after, limit)?),
        Of::Group => shown!(tx.groups().list(account, "/", after, limit)?),
        Of::Role => shown!(tx.roles().list(account, "/", after, limit)?),
        Of::Policy => shown!(tx.policies().list(account, "/", after, limit)?),
    })
}

#[cfg(test)]
mod tests {
    use super::before_all;

    #[test]
    fn what_is_before_all_is_after_every_other_name() {
        for (name, begins) in [("deploy", "deploy"), ("deploy-bot", "deploy"), ("a", "a"), ("+x", "+")] {
            assert!(*name > *before_all(begins), "{name}");
        }
        for (name, begins) in [("deplox", "deploy"), ("deplo", "deploy"), ("deploxzzz", "deploy")] {
            assert!(*name < *before_all(begins), "{name}");
        }
    }
}
