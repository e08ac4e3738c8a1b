//! What an operation is. One operation is one file in a use case's `operations` folder; the tables of them
//! are generated from the folders, and everything around the work itself is done in [`crate::dispatch`].

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_store::Tx;

use crate::authenticate::Authenticated;
use crate::authorize::ContextKeys;
use crate::context::Context;
use crate::dispatch::Admission;
use crate::gate::Gate;
use crate::openapi::Document;

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads; audited in aggregate.
    Read,
    /// Writes, or reveals a secret; audited in the transaction it makes.
    Write,
}

/// An operation: what it is asked about, what it does before its transaction, and what inside.
pub trait Operation: Send + Sync + 'static {
    /// The request's shape.
    type Input: Send + 'static;
    /// What [`Operation::prepare`] hands to [`Operation::commit`].
    type Prepared: Send + Sync + 'static;
    /// The reply's shape.
    type Output;

    /// Its name on the wire, for example `CreateUser`.
    const NAME: &'static str;
    /// Read or write.
    const KIND: Kind;
    /// Whether the reply holds a secret, so that it is never kept and never given twice.
    const REVEALS_SECRET: bool = false;
    /// Whether a policy must allow it before anything is done. The few that need none, and those that ask by
    /// themselves, say so.
    const NEEDS_PERMISSION: bool = true;

    /// Whether it takes requests that nobody signed, because what proves them is among their parameters.
    const TAKES_STRANGERS: bool = false;

    /// Whether it may wait although it only reads, because its preparation asks or writes something.
    const WAITS: bool = false;

    /// What the policy engine is asked about.
    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn>;

    /// What the policy engine is told of this request besides what it is told of every request.
    fn context_keys(_: &Context, _: &Self::Input) -> ContextKeys {
        ContextKeys::default()
    }

    /// Everything slow, random or pure, outside any transaction.
    fn prepare(cx: &Context, input: Self::Input) -> Result<Self::Prepared>;

    /// The transaction: short, free of I/O and of chance, and fit to be run again.
    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Self::Prepared) -> Result<Self::Output>;
}

/// An operation behind its wire format, so that tables can hold all of them.
pub trait Handler: Send + Sync {
    /// The operation's name.
    fn name(&self) -> &'static str;

    /// The service it belongs to: `iam`, `sts` or `keystead`.
    fn service(&self) -> &'static str;

    /// Read or write.
    fn kind(&self) -> Kind;

    /// Whether it takes requests that nobody signed.
    fn takes_strangers(&self) -> bool {
        false
    }

    /// Where it stands in the REST API; `None` for the Query API.
    fn route(&self) -> Option<crate::json::Route>;

    /// Who may call it over REST.
    fn audience(&self) -> crate::json::Audience {
        crate::json::Audience::Principals
    }

    /// Says of itself what the REST API's document has to say; nothing where it is not of that API.
    fn describe(&self, _: &mut Document) -> Result<()> {
        Ok(())
    }

    /// Parses the input, authorizes, prepares, and hands back what remains to be run.
    fn admit(&self, gate: &Arc<Gate>, request: Authenticated) -> Admission;
}
