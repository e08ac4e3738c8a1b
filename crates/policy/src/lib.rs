//! The IAM policy language, pure: a document read, checked, compiled and asked.
//!
//! [`Policy::compile`] takes the text of a document, checks it for its [`Purpose`] in AWS's order and
//! with AWS's sentences (`validate`), and turns it into a form that is quick to ask. [`evaluate()`] puts
//! a [`Request`] to a [`PolicySet`] and returns a [`Decision`] with the statements that made it. What a
//! statement is made of has a file each: `action`, `principal`, `pattern` (resources), `condition`, and
//! beneath them `template` (variables) and `glob` (wildcards).
//!
//! There is no regular expression here, no recursion over input, no clock and no panic: a policy is
//! written by somebody who may want it to be slow. The root user and who may call at all are not this
//! crate's concern; the gate asks it, after it knows who calls.
//!
//! Where AWS's pages say nothing, this is how they are read:
//!
//! - A key with several values under an operator without quantifier: any of them satisfies it, and a
//!   negated operator takes none of them.
//! - A variable whose key has several values has no value. What a variable brings is plain text: its
//!   `*` is no wildcard and its `:` begins no new part of an ARN.
//! - An ARN in a condition may leave out its last parts, as one in `Resource` may.
//! - When policies of several types deny, the first of [`PolicyType`] that does is named.
//! - Across accounts the resource's side is named before the identity's when neither allows.
//!
//! ```
//! use keystead_policy::{Context, Policy, PolicySet, Principal, Purpose, Request, evaluate};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}"}}"#;
//! let own_keys = Policy::compile("own-keys", text, Purpose::Identity, 2048)?;
//! let policies = PolicySet { identity: &[&own_keys], ..PolicySet::default() };
//!
//! let ann = Principal::User { arn: "arn:aws:iam::123456789012:user/Ann", id: "AIDAEXAMPLE" };
//! let context = Context::new().with("aws:username", "Ann");
//! let may = |resource| evaluate(&Request::new(ann, "iam:CreateAccessKey", resource, &context), &policies);
//! assert!(may("arn:aws:iam::123456789012:user/Ann").is_allowed());
//! assert_eq!(
//!     may("arn:aws:iam::123456789012:user/Bob").outcome.refusal("iam:CreateAccessKey").as_deref(),
//!     Some("because no identity-based policy allows the iam:CreateAccessKey action"),
//! );
//! # Ok::<(), keystead_policy::PolicyError>(())
//! ```

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod action;
mod condition;
mod context;
mod document;
mod evaluate;
mod glob;
mod json;
pub mod managed;

mod mistake;
mod operator;
mod pattern;
mod policy;
mod position;
mod principal;
mod template;
mod validate;

pub use context::Context;
pub use evaluate::{Decision, Outcome, PolicySet, PolicyType, Reason, ResourcePolicy, evaluate};
pub use mistake::{Mistake, find_mistake};
pub use policy::{Policy, Request};
pub use position::{Position, Span, statement_spans};
pub use principal::Principal;
pub use validate::{PolicyError, Purpose, size};
