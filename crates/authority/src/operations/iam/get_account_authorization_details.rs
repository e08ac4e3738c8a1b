//! GetAccountAuthorizationDetails: every user of the account with all that grants or bounds its permissions, and
//! the managed policies that are in use, page by page.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse, ManagedPolicyDetail,
    UserDetail,
};
use keystead_core::user::fold_name;
use keystead_core::{Arn, User};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::user_pages::UserSpan;

use crate::managed_policy::{Usage, administrator_access};
use crate::page::PageRequest;
use crate::{shape, tagging};

/// GetAccountAuthorizationDetails. Source: IAM API reference, GetAccountAuthorizationDetails; which lists are
/// there when empty as recorded.
pub struct GetAccountAuthorizationDetails;

/// Of which kinds, and which page.
pub struct Wanted {
    users: bool,
    aws_policies: bool,
    page: PageRequest,
}

/// What one page consists of: users by name, then policies by ARN. The kinds that no operation makes here are
/// empty lists.
enum Entity {
    User(User),
    Policy { arn: String, attachments: i64 },
}

/// What the markers of each kind begin with.
const USER: &str = "user/";
const POLICY: &str = "policy/";

impl Entity {
    fn key(&self) -> String {
        match self {
            Self::User(user) => format!("{USER}{}", fold_name(&user.name)),
            Self::Policy { arn, .. } => format!("{POLICY}{arn}"),
        }
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
        let wants = |kind: &str| input.filter.is_empty() || input.filter.iter().any(|one| one == kind);
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        if page.after().is_some_and(|after| !after.starts_with(USER) && !after.starts_with(POLICY)) {
            return Err(Fault::ValidationError("Invalid Marker.".to_owned()));
        }
        Ok(Wanted { users: wants("User"), aws_policies: wants("AWSManagedPolicy"), page })
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
        let mut users = Vec::new();
        for entity in page.items {
            match entity {
                Entity::User(user) => users.push(user),
                Entity::Policy { arn, attachments } => {
                    answer.policies.push(policy_detail(tx, cx, arn, attachments)?);
                }
            }
        }
        answer.user_detail_list = user_details(tx, cx, &users, wanted.after(USER).unwrap_or_default())?;
        Ok(answer)
    }
}

impl Wanted {
    /// The key of the last item of the page before, where it was of that kind.
    fn after(&self, kind: &str) -> Option<&str> {
        self.page.after()?.strip_prefix(kind)
    }

    /// The entities of the page, and one more where there are more.
    fn entities(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Vec<Entity>> {
        let mut entities = Vec::new();
        if self.users && self.after(POLICY).is_none() {
            let users = tx.users().list(cx.account(), "/", self.after(USER), self.page.limit())?;
            entities.extend(users.into_iter().map(Entity::User));
        }
        let left = self.page.limit() - entities.len() as i64;
        if self.aws_policies && left > 0 {
            let policies = tx.policy_attachments().list_attached(cx.account(), self.after(POLICY), left)?;
            entities
                .extend(policies.into_iter().map(|(arn, attachments)| Entity::Policy { arn, attachments }));
        }
        Ok(entities)
    }
}

/// Users that follow each other by name from the one after `after`, with what each was given.
fn user_details(tx: &mut Tx<'_>, cx: &Context, users: &[User], after: &str) -> Result<Vec<UserDetail>> {
    let Some(last) = users.last() else { return Ok(Vec::new()) };
    let span = UserSpan { account: cx.account(), after: after.to_owned(), through: fold_name(&last.name) };
    let mut policies = tx.user_pages().policies(&span)?;
    let mut tags = tx.user_pages().tags(&span)?;
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
            attached_managed_policies: attached.map(shape::attached_policy).collect(),
            permissions_boundary: shown.permissions_boundary,
            tags: shown.tags,
            ..Default::default()
        }
    };
    Ok(users.iter().map(detail).collect())
}

fn policy_detail(
    tx: &mut Tx<'_>,
    cx: &Context,
    arn: String,
    attachments: i64,
) -> Result<ManagedPolicyDetail> {
    let boundaries = tx.users().count_bounded(cx.account(), &arn)?;
    Ok(administrator_access(arn, &Usage { attachments, boundaries }))
}
