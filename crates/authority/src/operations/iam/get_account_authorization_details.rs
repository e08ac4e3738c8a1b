//! GetAccountAuthorizationDetails: every user, group and role of the account with all that grants or bounds its
//! permissions, and the managed policies that are in use, page by page.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse, ManagedPolicyDetail,
    UserDetail,
};
use keystead_core::user::fold_name;
use keystead_core::{Arn, Group, ManagedPolicy, Role, User};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::user_pages::UserSpan;

use crate::managed_policy::{self, Described};
use crate::page::PageRequest;
use crate::{group, inline_policies, role, shape, tagging};

/// GetAccountAuthorizationDetails. Source: IAM API reference, GetAccountAuthorizationDetails; which lists are
/// there when empty as recorded.
pub struct GetAccountAuthorizationDetails;

/// Of which kinds, and which page.
pub struct Wanted {
    sections: Vec<Section>,
    page: PageRequest,
    /// Where the page before ended.
    after: Option<(Section, String)>,
}

/// What pages consist of, in this order: users, groups, roles and the account's policies by name, then by ARN those
/// that every account has, as far as they are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Users,
    Groups,
    Roles,
    LocalPolicies,
    AwsPolicies,
}

/// One item of a page.
enum Entity {
    User(User),
    Group(Group),
    Role(Role),
    LocalPolicy(ManagedPolicy),
    AwsPolicy(Described),
}

impl Section {
    const ALL: [Self; 5] = [Self::Users, Self::Groups, Self::Roles, Self::LocalPolicies, Self::AwsPolicies];

    /// Its name in filters.
    const fn filter(self) -> &'static str {
        match self {
            Self::Users => "User",
            Self::Groups => "Group",
            Self::Roles => "Role",
            Self::LocalPolicies => "LocalManagedPolicy",
            Self::AwsPolicies => "AWSManagedPolicy",
        }
    }

    /// What the markers of its items begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Users => "user/",
            Self::Groups => "group/",
            Self::Roles => "role/",
            Self::LocalPolicies => "policy/",
            Self::AwsPolicies => "aws-policy/",
        }
    }

    /// At most `limit` of its items from the one after `after`.
    fn list(self, tx: &mut Tx<'_>, cx: &Context, after: Option<&str>, limit: i64) -> Result<Vec<Entity>> {
        let account = cx.account();
        Ok(match self {
            Self::Users => {
                tx.users().list(account, "/", after, limit)?.into_iter().map(Entity::User).collect()
            }
            Self::Groups => {
                tx.groups().list(account, "/", after, limit)?.into_iter().map(Entity::Group).collect()
            }
            Self::Roles => {
                tx.roles().list(account, "/", after, limit)?.into_iter().map(Entity::Role).collect()
            }
            Self::LocalPolicies => {
                let policies = tx.policies().list(account, "/", after, limit)?;
                policies.into_iter().map(Entity::LocalPolicy).collect()
            }
            Self::AwsPolicies => {
                let usage = tx.policy_usage().all(account)?;
                let mut used: Vec<Described> =
                    managed_policy::shipped().filter(|policy| usage.contains_key(&policy.arn)).collect();
                used.retain(|policy| after.is_none_or(|after| policy.arn.as_str() > after));
                used.sort_by(|one, other| one.arn.cmp(&other.arn));
                used.into_iter().map(Entity::AwsPolicy).collect()
            }
        })
    }
}

impl Entity {
    fn key(&self) -> String {
        let (section, key) = match self {
            Self::User(user) => (Section::Users, fold_name(&user.name)),
            Self::Group(group) => (Section::Groups, fold_name(&group.name)),
            Self::Role(role) => (Section::Roles, fold_name(&role.name)),
            Self::LocalPolicy(policy) => (Section::LocalPolicies, fold_name(&policy.name)),
            Self::AwsPolicy(policy) => (Section::AwsPolicies, policy.arn.clone()),
        };
        format!("{}{key}", section.prefix())
    }
}

impl Operation for GetAccountAuthorizationDetails {
    type Input = GetAccountAuthorizationDetailsRequest;
    type Prepared = Wanted;
    type Output = GetAccountAuthorizationDetailsResponse;
    const NAME: &'static str = "GetAccountAuthorizationDetails";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let wants = |section: &Section| {
            input.filter.is_empty() || input.filter.iter().any(|one| one == section.filter())
        };
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        let read = |marker: &str| {
            let of = |section: Section| Some((section, marker.strip_prefix(section.prefix())?.to_owned()));
            let after = Section::ALL.into_iter().find_map(of);
            after.ok_or_else(|| Fault::ValidationError("Invalid Marker.".to_owned()))
        };
        let after = page.after().map(read).transpose()?;
        Ok(Wanted { sections: Section::ALL.into_iter().filter(wants).collect(), page, after })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<GetAccountAuthorizationDetailsResponse> {
        let page = wanted.page.cut(wanted.entities(tx, cx)?, Entity::key);
        let mut answer = GetAccountAuthorizationDetailsResponse {
            is_truncated: page.marker.is_some(),
            marker: page.marker,
            ..Default::default()
        };
        let (mut users, mut policies) = (Vec::new(), Vec::new());
        for entity in page.items {
            match entity {
                Entity::User(user) => users.push(user),
                Entity::Group(group) => answer.group_detail_list.push(group::detail(tx, &group)?),
                Entity::Role(role) => answer.role_detail_list.push(role::detail(tx, cx, &role)?),
                Entity::LocalPolicy(policy) => policies.push(Described::from(policy)),
                Entity::AwsPolicy(policy) => policies.push(policy),
            }
        }
        answer.user_detail_list =
            user_details(tx, cx, &users, wanted.after(Section::Users).unwrap_or_default())?;
        answer.policies = policy_details(tx, cx, policies)?;
        Ok(answer)
    }
}

impl Wanted {
    /// The key of the last item of the page before, where it was in that section.
    fn after(&self, section: Section) -> Option<&str> {
        self.after.as_ref().filter(|(ended, _)| *ended == section).map(|(_, key)| key.as_str())
    }

    /// The entities of the page, and one more where there are more.
    fn entities(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Vec<Entity>> {
        let mut entities = Vec::new();
        for section in self.sections.iter().copied() {
            let is_over = self.after.as_ref().is_some_and(|(ended, _)| *ended > section);
            let left = self.page.limit() - entities.len() as i64;
            if left > 0 && !is_over {
                entities.extend(section.list(tx, cx, self.after(section), left)?);
            }
        }
        Ok(entities)
    }
}

/// Users that follow each other by name from the one after `after`, with what each was given.
fn user_details(tx: &mut Tx<'_>, cx: &Context, users: &[User], after: &str) -> Result<Vec<UserDetail>> {
    let Some(last) = users.last() else { return Ok(Vec::new()) };
    let span = UserSpan { account: cx.account(), after: after.to_owned(), through: fold_name(&last.name) };
    let mut policies = tx.user_pages().policies(&span)?;
    let mut inline = tx.user_pages().inline_policies(&span)?;
    let mut tags = tx.user_pages().tags(&span)?;
    let mut groups = tx.user_pages().groups(&span)?;
    let detail = |user: &User| {
        let tags = tags.remove(&user.id).unwrap_or_default();
        let shown = shape::user_in_full(user, tags.into_iter().map(tagging::shown).collect());
        let attached = policies.remove(&user.id).unwrap_or_default().into_iter();
        UserDetail {
            path: Some(shown.path),
            user_name: Some(shown.user_name),
            user_id: Some(shown.user_id),
            arn: Some(shown.arn),
            create_date: Some(shown.create_date),
            user_policy_list: inline_policies::shown(inline.remove(&user.id).unwrap_or_default()),
            group_list: groups.remove(&user.id).unwrap_or_default(),
            attached_managed_policies: attached.map(shape::attached_policy).collect(),
            permissions_boundary: shown.permissions_boundary,
            tags: shown.tags,
        }
    };
    Ok(users.iter().map(detail).collect())
}

fn policy_details(
    tx: &mut Tx<'_>,
    cx: &Context,
    policies: Vec<Described>,
) -> Result<Vec<ManagedPolicyDetail>> {
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    let usage = tx.policy_usage().all(cx.account())?;
    let detail = |policy: Described| {
        let versions = policy.versions(tx, cx.account())?;
        let usage = usage.get(&policy.arn).copied().unwrap_or_default();
        Ok(policy.detail(usage, versions))
    };
    policies.into_iter().map(detail).collect()
}
