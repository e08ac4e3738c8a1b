//! Which actions on which resources are asked about.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, arn};

use super::Given;
use crate::page::PageRequest;

/// How many decisions one page may need, where the request brings policies of no more than [`CHARS_TYPICAL`]: each
/// may take a millisecond if somebody writes policies for that.
const DECISIONS_MAX: usize = 1000;

/// How long policies are together that take no longer than that. Longer ones are asked less often.
const CHARS_TYPICAL: usize = 20_480;

/// Stands for every resource.
const ANY: &str = "*";

/// What is to be simulated.
pub(crate) struct Questions {
    actions: Vec<String>,
    pub(super) resources: Vec<String>,
    resource_owner: Option<AccountId>,
    page: PageRequest,
}

impl Questions {
    /// Of a request.
    pub(crate) fn read(
        actions: Vec<String>,
        resources: Vec<String>,
        resource_owner: Option<&str>,
        given: &Given,
        marker: Option<&str>,
        max_items: Option<i64>,
    ) -> Result<Self> {
        let is_one = |action: &str| action.contains(':') && !action.contains(['*', '?']);
        if let Some(action) = actions.iter().find(|action| !is_one(action)) {
            return Err(Fault::InvalidInput(format!(
                "{action} in ActionNames is not one action of one service. Give for example iam:CreateUser."
            )));
        }
        if let Some(resource) = resources.iter().find(|name| *name != ANY && !name.starts_with("arn:")) {
            return Err(Fault::InvalidInput(format!("{resource} in ResourceArns is neither an ARN nor *.")));
        }
        let resources = if resources.is_empty() { vec![ANY.to_owned()] } else { resources };
        let decisions_max = DECISIONS_MAX * CHARS_TYPICAL / given.chars().max(CHARS_TYPICAL);
        let actions_max = decisions_max / resources.len();
        if actions_max == 0 {
            return Err(Fault::InvalidInput(format!(
                "With policies of this size, give at most {decisions_max} ResourceArns at a time, not {}.",
                resources.len()
            )));
        }
        let actions_max = i64::try_from(actions_max).unwrap_or(i64::MAX);
        let max_items = max_items.map_or(actions_max, |asked| asked.min(actions_max));
        let resource_owner = resource_owner.map(read_owner).transpose()?;
        Ok(Self { actions, resources, resource_owner, page: PageRequest::read(marker, Some(max_items))? })
    }

    /// Whether no resources were named.
    pub(super) fn is_about_any(&self) -> bool {
        self.resources == [ANY]
    }

    /// The actions of the page, and the marker of the next.
    pub(super) fn page(&self) -> (Vec<&str>, Option<String>) {
        let numbered = self.actions.iter().map(String::as_str).enumerate().collect();
        let page = self.page.cut_whole(numbered, |(number, _)| format!("{number:06}"));
        (page.items.into_iter().map(|(_, action)| action).collect(), page.marker)
    }

    /// The account of a resource: that of its ARN, or the one the request gives to those that have none in theirs.
    pub(super) fn owner_of(&self, resource: &str) -> Option<String> {
        arn::account_of(resource).or(self.resource_owner).map(|account| account.to_string())
    }
}

/// An account by its number or the ARN of its root user.
fn read_owner(owner: &str) -> Result<AccountId> {
    let account = arn::account_of(owner).or_else(|| owner.parse().ok());
    account.ok_or_else(|| {
        Fault::InvalidInput(format!(
            "{owner} in ResourceOwner is not an account, as in arn:aws:iam::123456789012:root."
        ))
    })
}
