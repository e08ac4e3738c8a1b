//! Policies of an account, attached to and inline in a user, a group and a role, for the tests over all operations;
//! and the right requests about them.

use keystead_core::AccountId;

use crate::requests::Request;
use crate::sessions::allowing;
use crate::world::{ADMINISTRATOR, Key, World};

/// What is called after a user and belongs to its account.
#[derive(Clone)]
pub(crate) struct Permits {
    account: AccountId,
}

type Params = Vec<(&'static str, String)>;

/// The ARN of a policy of an account.
pub(crate) fn policy_arn(account: AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{name}")
}

/// A document that allows something harmless.
pub(crate) fn harmless() -> String {
    allowing(&["sts:GetCallerIdentity"])
}

impl Permits {
    /// Makes a policy with two versions and a spare one, and gives the user, and the group and the role that bear
    /// its name, an inline one and one that every account has.
    pub(crate) fn new(world: &World, root: &Key, user: &str) -> Self {
        let call = |action: &str, params: &[(&str, &str)]| world.call(root, action, params).expect_done();
        let permits = Self { account: root.account };
        let document = ("PolicyDocument", &*harmless());
        for name in ["policy", "spare"] {
            call("CreatePolicy", &[("PolicyName", &format!("{user}-{name}")), document]);
        }
        let arn = policy_arn(root.account, &format!("{user}-policy"));
        call("CreatePolicyVersion", &[("PolicyArn", &arn), document]);
        let (group, role) = (format!("{user}-group"), format!("{user}-role"));
        for (kind, name) in [("User", user), ("Group", &group), ("Role", &role)] {
            let named = [(&*format!("{kind}Name"), name), ("PolicyName", "inline"), document];
            call(&format!("Put{kind}Policy"), &named);
            call(&format!("Attach{kind}Policy"), &[named[0], ("PolicyArn", ADMINISTRATOR)]);
        }
        permits
    }

    /// Of an account in which nothing was made.
    pub(crate) fn unmade(account: AccountId) -> Self {
        Self { account }
    }

    /// A right request about these, where the operation is about these.
    pub(crate) fn request(&self, operation: &'static str, user: &str) -> Option<Request> {
        let params = self.of_managed(operation, user).or_else(|| self.of_holders(operation, user));
        let params = params.or_else(|| self.of_simulations(operation, user))?;
        Some(Request::Query { action: operation, params })
    }

    fn of_managed(&self, operation: &str, user: &str) -> Option<Params> {
        let arn = |name: &str| ("PolicyArn", policy_arn(self.account, &format!("{user}-{name}")));
        let (policy, version) = (arn("policy"), |id: &str| ("VersionId", id.to_owned()));
        let document = ("PolicyDocument", harmless());
        Some(match operation {
            "CreatePolicy" => vec![("PolicyName", format!("{user}-policy-2")), document],
            "DeletePolicy" => vec![arn("spare")],
            "ListPolicies" => vec![],
            "GetPolicy" | "ListPolicyVersions" | "ListPolicyTags" | "ListEntitiesForPolicy" => vec![policy],
            "CreatePolicyVersion" => vec![policy, document],
            "GetPolicyVersion" | "SetDefaultPolicyVersion" => vec![policy, version("v1")],
            "DeletePolicyVersion" => vec![policy, version("v2")],
            "TagPolicy" => {
                vec![policy, ("Tags.member.1.Key", "team".into()), ("Tags.member.1.Value", "red".into())]
            }
            "UntagPolicy" => vec![policy, ("TagKeys.member.1", "team".into())],
            _ => return None,
        })
    }

    fn of_holders(&self, operation: &str, user: &str) -> Option<Params> {
        let holders = [
            ("User", ("UserName", user.to_owned())),
            ("Group", ("GroupName", format!("{user}-group"))),
            ("Role", ("RoleName", format!("{user}-role"))),
        ];
        let (kind, name) = holders.into_iter().find(|(kind, _)| operation.contains(kind))?;
        let inline = ("PolicyName", "inline".to_owned());
        let attached = ("PolicyArn", ADMINISTRATOR.to_owned());
        let boundary = ("PermissionsBoundary", policy_arn(self.account, &format!("{user}-policy")));
        Some(match operation.replace(kind, "*").as_str() {
            "Put*Policy" => vec![name, inline, ("PolicyDocument", harmless())],
            "Get*Policy" | "Delete*Policy" => vec![name, inline],
            "List*Policies" | "ListAttached*Policies" | "Delete*PermissionsBoundary" => vec![name],
            "Attach*Policy" | "Detach*Policy" => vec![name, attached],
            "Put*PermissionsBoundary" => vec![name, boundary],
            _ => return None,
        })
    }

    fn of_simulations(&self, operation: &str, user: &str) -> Option<Params> {
        let source = |name| (name, format!("arn:aws:iam::{}:user/{user}", self.account));
        let given = ("PolicyInputList.member.1", harmless());
        let action = ("ActionNames.member.1", "iam:GetUser".to_owned());
        Some(match operation {
            "SimulateCustomPolicy" => vec![given, action],
            "SimulatePrincipalPolicy" => vec![source("PolicySourceArn"), action],
            "GetContextKeysForCustomPolicy" => vec![given],
            "GetContextKeysForPrincipalPolicy" => vec![source("PolicySourceArn")],
            "ListPoliciesGrantingServiceAccess" => {
                vec![source("Arn"), ("ServiceNamespaces.member.1", "iam".to_owned())]
            }
            _ => return None,
        })
    }
}
