//! TestTarget: looks at a target without changing it: whether it answers, what it holds, whether it may be written to.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::delivery::Standing;
use crate::embedded::targets::Look;
use crate::{managed, targets};

/// TestTarget.
pub struct TestTarget;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Output {
    /// The target's name.
    pub name: String,
    /// Whether a rotation could deliver to it now.
    pub ready: bool,
    /// What was found, in a sentence.
    pub finding: String,
}

impl Operation for TestTarget {
    type Input = Input;
    type Prepared = Output;
    type Output = Output;
    const NAME: &'static str = "TestTarget";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Output> {
        let found = targets::at_place(cx, &input.credential, &input.name, |place| {
            place.look().map(|look| finding(&input.name, &look))
        })?;
        let (ready, finding) =
            found.unwrap_or_else(|failure| (false, targets::sentence(&input.name, &failure)));
        Ok(Output { name: input.name, ready, finding })
    }

    fn commit(_: &mut Tx<'_>, _: &Context, found: &Output) -> Result<Output> {
        Ok(found.clone())
    }
}

fn finding(name: &str, look: &Look) -> (bool, String) {
    let holds = match (look.standing, look.is_hidden) {
        (Standing::Arrived, false) => "holds the key it is to hold",
        (Standing::Arrived, true) => {
            "was given the key it is to hold; as it tells nobody what it holds, only being used proves that"
        }
        (Standing::Ours, false) => "holds no key, or another one of this credential",
        (Standing::Ours, true) => "was not given the key it is to hold",
        (Standing::Foreign, _) => {
            "holds a value that somebody else wrote, which is not written over unordered"
        }
    };
    let may = match look.may_write {
        Some(true) => "It may be written to.",
        Some(false) => "It may not be written to with the secret that Keystead has.",
        None => "Whether it may be written to is only known by writing.",
    };
    let ready = look.standing != Standing::Foreign && look.may_write != Some(false);
    (ready, format!("{name} {holds}. {may}"))
}

impl RestOperation for TestTarget {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/credentials/{credential}/targets/{name}/test" };
}
