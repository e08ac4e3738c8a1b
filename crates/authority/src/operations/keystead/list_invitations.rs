//! ListInvitations: who was invited to the account, by whom, and what became of it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::invitation::{self, Shown};

/// ListInvitations.
pub struct ListInvitations;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The invitations.
    pub invitations: Vec<Shown>,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListInvitations {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListInvitations";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.invitations().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |one| one.id.clone());
        let invitations = found.into_iter().map(|one| invitation::shown(one, cx.now)).collect();
        Ok(Output { invitations, next })
    }
}

impl RestOperation for ListInvitations {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/invitations" };
}
