//! The groups, roles and instance profiles of an account for the tests over all operations, and the right
//! requests about them.

use keystead_core::rng::uuid;

use crate::requests::Request;
use crate::world::{Key, World};

/// A trust policy by which no one in any account can take on the role.
pub(crate) const OF_EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A service whose role may have a suffix.
const SERVICE: &str = "autoscaling.amazonaws.com";

/// What there is of them that has no name of its own.
#[derive(Clone)]
pub(crate) struct Identities {
    deletion_task: String,
}

impl Identities {
    /// Makes a group with a user in it, a role in an instance profile, a spare one of each, and the roles of two
    /// services, of which one is deleted again. All bear the user's name.
    pub(crate) fn new(world: &World, root: &Key, user: &str) -> Self {
        let call = |action: &str, params: &[(&str, &str)]| world.call(root, action, params).expect_done();
        let [group, role, profile] = [GROUP, ROLE, PROFILE].map(|kind| named(user, kind));
        let trust = ("AssumeRolePolicyDocument", OF_EC2);
        for suffix in ["", "-spare"] {
            call("CreateGroup", &[("GroupName", &format!("{group}{suffix}"))]);
            call("CreateRole", &[("RoleName", &format!("{role}{suffix}")), trust]);
        }
        for suffix in ["", "-spare", "-empty"] {
            call("CreateInstanceProfile", &[("InstanceProfileName", &format!("{profile}{suffix}"))]);
        }
        call("AddUserToGroup", &[("GroupName", &group), ("UserName", user)]);
        call("AddRoleToInstanceProfile", &[("InstanceProfileName", &profile), ("RoleName", &role)]);
        let service = ("AWSServiceName", SERVICE);
        let gone = named(user, "gone");
        for suffix in [user, &gone] {
            call("CreateServiceLinkedRole", &[service, ("CustomSuffix", suffix)]);
        }
        let deleted = call("DeleteServiceLinkedRole", &[("RoleName", &service_role(&gone))]);
        Self { deletion_task: deleted.text("DeletionTaskId") }
    }

    /// Such as are nobody's.
    pub(crate) fn of_nobody(world: &World, user: &str) -> Self {
        Self { deletion_task: deletion_task(user, &uuid(&*world.store.rng)) }
    }

    /// Ids for tests that send nothing.
    pub(crate) fn named(id: &str) -> Self {
        Self { deletion_task: deletion_task("u", id) }
    }

    /// A text without these ids.
    pub(crate) fn blur(&self, text: &str) -> String {
        text.replace(&self.deletion_task, "TASK")
    }

    /// A right request about these, where the operation is about these.
    pub(crate) fn request(&self, operation: &'static str, user: &str) -> Option<Request> {
        let of_groups = group_params(operation, user);
        let of_roles = || self.role_params(operation, user);
        let params = of_groups.or_else(of_roles).or_else(|| profile_params(operation, user))?;
        Some(Request::Query { action: operation, params })
    }

    fn role_params(&self, operation: &str, user: &str) -> Option<Params> {
        let role = ("RoleName", named(user, ROLE));
        let another = |suffix: &str| ("RoleName", format!("{}{suffix}", role.1));
        let boundary = ("PermissionsBoundary", crate::world::ADMINISTRATOR.to_owned());
        Some(match operation {
            "CreateRole" => vec![another("-2"), ("AssumeRolePolicyDocument", OF_EC2.to_owned())],
            "DeleteRole" => vec![another("-spare")],
            "ListRoles" => vec![],
            "GetRole" | "ListRoleTags" | "ListInstanceProfilesForRole" | "DeleteRolePermissionsBoundary" => {
                vec![role]
            }
            "PutRolePermissionsBoundary" => vec![role, boundary],
            "UpdateRole" => vec![role, ("MaxSessionDuration", "7200".to_owned())],
            "UpdateRoleDescription" => vec![role, ("Description", "for tests".to_owned())],
            "UpdateAssumeRolePolicy" => vec![role, ("PolicyDocument", OF_EC2.to_owned())],
            "TagRole" => tagging(role),
            "UntagRole" => untagging(role),
            "CreateServiceLinkedRole" => {
                vec![("AWSServiceName", SERVICE.to_owned()), ("CustomSuffix", format!("{user}-2"))]
            }
            "DeleteServiceLinkedRole" => vec![("RoleName", service_role(user))],
            "GetServiceLinkedRoleDeletionStatus" => vec![("DeletionTaskId", self.deletion_task.clone())],
            _ => return None,
        })
    }
}

type Params = Vec<(&'static str, String)>;

const GROUP: &str = "group";
const ROLE: &str = "role";
const PROFILE: &str = "profile";

fn named(user: &str, kind: &str) -> String {
    format!("{user}-{kind}")
}

fn service_role(suffix: &str) -> String {
    format!("AWSServiceRoleForAutoScaling_{suffix}")
}

fn deletion_task(user: &str, id: &str) -> String {
    format!("task/aws-service-role/{SERVICE}/{}/{id}", service_role(user))
}

fn tagging(named: (&'static str, String)) -> Params {
    vec![named, ("Tags.member.1.Key", "team".to_owned()), ("Tags.member.1.Value", "red".to_owned())]
}

fn untagging(named: (&'static str, String)) -> Params {
    vec![named, ("TagKeys.member.1", "team".to_owned())]
}

fn group_params(operation: &str, user: &str) -> Option<Params> {
    let group = ("GroupName", named(user, GROUP));
    let another = |suffix: &str| ("GroupName", format!("{}{suffix}", group.1));
    let member = ("UserName", user.to_owned());
    Some(match operation {
        "CreateGroup" => vec![another("-2")],
        "DeleteGroup" => vec![another("-spare")],
        "GetGroup" => vec![group],
        "ListGroups" => vec![],
        "ListGroupsForUser" => vec![member],
        "AddUserToGroup" | "RemoveUserFromGroup" => vec![group, member],
        "UpdateGroup" => vec![group, ("NewPath", "/moved/".to_owned())],
        _ => return None,
    })
}

fn profile_params(operation: &str, user: &str) -> Option<Params> {
    let profile = ("InstanceProfileName", named(user, PROFILE));
    let another = |suffix: &str| ("InstanceProfileName", format!("{}{suffix}", profile.1));
    let role = ("RoleName", named(user, ROLE));
    Some(match operation {
        "CreateInstanceProfile" => vec![another("-2")],
        "DeleteInstanceProfile" => vec![another("-spare")],
        "ListInstanceProfiles" => vec![],
        "GetInstanceProfile" | "ListInstanceProfileTags" => vec![profile],
        "AddRoleToInstanceProfile" => vec![another("-empty"), role],
        "RemoveRoleFromInstanceProfile" => vec![profile, role],
        "TagInstanceProfile" => tagging(profile),
        "UntagInstanceProfile" => untagging(profile),
        _ => return None,
    })
}
