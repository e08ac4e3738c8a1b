//! The policy simulator: what given policies say to given actions, without anybody doing them.
//!
//! The decision is the policy engine's own. What it is told is what the request says: of the simulated caller its
//! names, account and tags are known, and everything else has to come as context entries.
//!
//! As AWS's answers show it: one result for each action, the results for each resource below it where resources
//! were named; the statements that made a decision, and none where nothing allowed it. An action that comes out
//! differently on several resources is, as a whole, as the worst of them: whoever looks no further must not take
//! it for allowed.

mod caller;
mod entries;
mod policies;
mod questions;

use keystead_aws::model::iam::{
    EvaluationResult, PermissionsBoundaryDecisionDetail, ResourceSpecificResult, SimulatePolicyResponse,
    Statement,
};
use keystead_gate::authorize::ContextKeys;
use keystead_policy::{Context, Outcome, Request};

pub(crate) use caller::Caller;
pub(crate) use entries::read as read_entries;
pub(crate) use policies::{Exclusions, Given, Policies};
pub(crate) use questions::Questions;

/// How an action comes out, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    ExplicitDeny,
    ImplicitDeny,
    Allowed,
}

impl Verdict {
    const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allowed => Self::Allowed,
            Outcome::ExplicitlyDenied(_) => Self::ExplicitDeny,
            Outcome::ImplicitlyDenied(_) => Self::ImplicitDeny,
        }
    }

    fn text(self) -> String {
        match self {
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
            Self::Allowed => "allowed",
        }
        .to_owned()
    }
}

/// What one question came to.
#[derive(Clone)]
struct Answer {
    verdict: Verdict,
    statements: Vec<Statement>,
    within_boundary: Option<PermissionsBoundaryDecisionDetail>,
}

/// Whom and what the questions of a request are put to.
pub(crate) struct Simulation<'s> {
    pub(crate) questions: &'s Questions,
    pub(crate) policies: &'s Policies,
    pub(crate) caller: &'s Caller,
    /// What is known of the caller, and what the request says besides.
    pub(crate) keys: ContextKeys,
}

impl Simulation<'_> {
    /// The answers to a page of the questions.
    pub(crate) fn run(&self) -> SimulatePolicyResponse {
        let (actions, marker) = self.questions.page();
        let missing = self.policies.keys_missing_in(&self.keys);
        let evaluation_results = self.keys.borrowed(|context| {
            actions.into_iter().map(|action| self.evaluate(action, context, &missing)).collect()
        });
        SimulatePolicyResponse { evaluation_results, is_truncated: marker.is_some(), marker }
    }

    fn evaluate(&self, action: &str, context: &Context<'_>, missing: &[String]) -> EvaluationResult {
        let resources = &self.questions.resources;
        let answers: Vec<Answer> =
            resources.iter().map(|resource| self.answer(action, resource, context)).collect();
        let worst = answers.iter().min_by_key(|answer| answer.verdict).cloned();
        let of_any = self.questions.is_about_any();
        let specific = resources.iter().zip(answers).map(|(resource, answer)| ResourceSpecificResult {
            eval_resource_name: resource.clone(),
            eval_resource_decision: answer.verdict.text(),
            matched_statements: answer.statements,
            missing_context_values: missing.to_vec(),
            permissions_boundary_decision_detail: answer.within_boundary,
            ..Default::default()
        });
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: resources.first().filter(|_| resources.len() == 1).cloned(),
            eval_decision: worst.as_ref().map_or(Verdict::ImplicitDeny, |worst| worst.verdict).text(),
            matched_statements: worst.as_ref().map(|worst| worst.statements.clone()).unwrap_or_default(),
            missing_context_values: if of_any { missing.to_vec() } else { Vec::new() },
            permissions_boundary_decision_detail: worst.and_then(|worst| worst.within_boundary),
            resource_specific_results: if of_any { Vec::new() } else { specific.collect() },
            ..Default::default()
        }
    }

    fn answer(&self, action: &str, resource: &str, context: &Context<'_>) -> Answer {
        let owner = self.owner_of(resource);
        let request = Request::new(self.caller.as_principal(), action, resource, context).owned_by(&owner);
        let decision = self.policies.decide(&request);
        let verdict = Verdict::of(decision.outcome);
        let statements = match verdict {
            Verdict::ImplicitDeny => Vec::new(),
            _ => decision.reasons.iter().filter_map(|reason| self.policies.statement(reason)).collect(),
        };
        let within_boundary = self.policies.is_within_boundary(&request);
        let within_boundary = within_boundary.map(|within| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(within),
        });
        Answer { verdict, statements, within_boundary }
    }

    /// The account of a resource. Whose it is matters only to its own policy: without one it is the caller's.
    fn owner_of(&self, resource: &str) -> String {
        let caller = self.caller.account.to_string();
        if self.policies.has_resource_policy() {
            self.questions.owner_of(resource).unwrap_or(caller)
        } else {
            caller
        }
    }
}
