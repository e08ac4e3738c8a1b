//! From one permission to all: what somebody who may do a single thing can make of it.
//!
//! For each operation there is a user who may do nothing else, one whose boundary leaves nothing else, and three
//! whom a policy of one kind or another denies everything else. Each tries the operation with everything that could help, and then uses
//! what it was given. Who ends up as an administrator escalated. The list is published in `docs/security.md`: a
//! permission that is missing there fails this test, and so does one that is there in vain.

use std::collections::BTreeSet;

use keystead_authority::sign_in::Who;
use keystead_gate::Kind;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::answer::Answer;
use crate::models;
use crate::sessions;
use crate::sign_in::is_right;
use crate::world::{ADMINISTRATOR, Key, World, handlers};

const PASSWORD: &str = "A-password-of-the-escalation-7";
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const ROOT_TASK: &str = "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword";

/// What leaves somebody one thing to do.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// No other policy allows anything.
    Grant,
    /// A boundary around an administrator.
    Boundary,
    /// A policy of an administrator that denies the rest.
    Denial,
    /// The same as a managed policy.
    ManagedDenial,
    /// The same as a policy of a group.
    GroupDenial,
}

impl Bound {
    const ALL: [Self; 5] =
        [Self::Grant, Self::Boundary, Self::Denial, Self::ManagedDenial, Self::GroupDenial];
}

/// Somebody who may do one thing, and what is around them. All names end in the scene's number.
struct Scene<'w> {
    world: &'w World,
    number: usize,
    mallory: Key,
}

/// A statement about everything, as a document.
fn document(effect: &str, element: &str, action: &str) -> String {
    let statement = json!({"Effect": effect, element: action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

/// A trust policy that names one principal.
fn trusting(principal: &str) -> String {
    sessions::trusting(&json!({ "AWS": principal }), &json!({}))
}

impl<'w> Scene<'w> {
    fn new(world: &'w World, number: usize, action: &str, bound: Bound) -> Self {
        let mallory = world.user(&format!("mallory-{number}"));
        let scene = Self { world, number, mallory };
        let user = ("UserName", &*scene.name("mallory"));
        let root = |operation: &str, params: &[(&str, &str)]| {
            world.call(&world.root, operation, params).expect_done();
        };
        let attach =
            |user: &str| root("AttachUserPolicy", &[("UserName", user), ("PolicyArn", ADMINISTRATOR)]);
        for chief in ["boss", "chief"] {
            root("CreateUser", &[("UserName", &scene.name(chief))]);
            attach(&scene.name(chief));
        }
        if action.ends_with("LoginProfile") {
            root(
                "CreateLoginProfile",
                &[("UserName", &scene.name("chief")), ("Password", "Something-else-11")],
            );
        }
        let (rulers, crew) = (scene.name("rulers"), scene.name("crew"));
        root("CreateGroup", &[("GroupName", &rulers)]);
        root("AttachGroupPolicy", &[("GroupName", &rulers), ("PolicyArn", ADMINISTRATOR)]);
        root("CreateGroup", &[("GroupName", &crew)]);
        root("AddUserToGroup", &[("GroupName", &crew), user]);
        let own_arn = format!("arn:aws:iam::{}:user/{}", world.account, user.1);
        let (ruler, helper) = (scene.name("ruler"), scene.name("helper"));
        let account = trusting(&world.account.to_string());
        root("CreateRole", &[("RoleName", &ruler), ("AssumeRolePolicyDocument", &account)]);
        root("AttachRolePolicy", &[("RoleName", &ruler), ("PolicyArn", ADMINISTRATOR)]);
        root("CreateRole", &[("RoleName", &helper), ("AssumeRolePolicyDocument", &trusting(&own_arn))]);
        let (tool, harmless) = (scene.name("tool"), document("Allow", "Action", "s3:GetObject"));
        root("CreatePolicy", &[("PolicyName", &tool), ("PolicyDocument", &harmless)]);
        let tool_arn = scene.policy_arn("tool");
        root("CreatePolicyVersion", &[("PolicyArn", &tool_arn), ("PolicyDocument", EVERYTHING)]);
        root("AttachUserPolicy", &[user, ("PolicyArn", &tool_arn)]);
        let inline =
            |text: &str| root("PutUserPolicy", &[user, ("PolicyName", "only"), ("PolicyDocument", text)]);
        match bound {
            Bound::Grant => inline(&document("Allow", "Action", action)),
            Bound::Boundary => {
                attach(user.1);
                let name = scene.name("boundary");
                let only = document("Allow", "Action", action);
                root("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", &only)]);
                let arn = scene.policy_arn("boundary");
                root("PutUserPermissionsBoundary", &[user, ("PermissionsBoundary", &arn)]);
            }
            Bound::Denial => {
                attach(user.1);
                inline(&document("Deny", "NotAction", action));
            }
            Bound::ManagedDenial => {
                attach(user.1);
                let (name, rest) = (scene.name("boundary"), document("Deny", "NotAction", action));
                root("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", &rest)]);
                root("AttachUserPolicy", &[user, ("PolicyArn", &scene.policy_arn("boundary"))]);
            }
            Bound::GroupDenial => {
                attach(user.1);
                let rest = document("Deny", "NotAction", action);
                let policy = [("PolicyName", "only"), ("PolicyDocument", &*rest)];
                root("PutGroupPolicy", &[&[("GroupName", &*crew)][..], &policy].concat());
            }
        }
        scene
    }

    fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.number)
    }

    fn policy_arn(&self, of: &str) -> String {
        format!("arn:aws:iam::{}:policy/{}", self.world.account, self.name(of))
    }

    fn role_arn(&self, of: &str) -> String {
        format!("arn:aws:iam::{}:role/{}", self.world.account, self.name(of))
    }

    /// What could be said in a member of an input; nothing where nothing would help.
    fn values(&self, operation: &str, member: &str, required: bool) -> Vec<String> {
        let names = |of: &[&str]| of.iter().map(|of| self.name(of)).collect();
        match member {
            "UserName" => names(&["mallory", "boss", "chief"]),
            "GroupName" => names(&["crew", "rulers"]),
            "RoleName" => names(&["helper", "ruler"]),
            "RoleArn" => ["ruler", "helper"].map(|of| self.role_arn(of)).into(),
            "PolicyArn" => {
                vec![self.policy_arn("tool"), self.policy_arn("boundary"), ADMINISTRATOR.to_owned()]
            }
            "PolicyName" => vec!["only".to_owned()],
            "PolicyDocument" if operation == "UpdateAssumeRolePolicy" => {
                vec![trusting(&format!("arn:aws:iam::{}:user/{}", self.world.account, self.name("mallory")))]
            }
            "PolicyDocument" | "Policy" => vec![EVERYTHING.to_owned()],
            "PermissionsBoundary" => vec![ADMINISTRATOR.to_owned()],
            "VersionId" => vec!["v2".to_owned()],
            "SetAsDefault" => vec!["true".to_owned()],
            "Password" | "NewPassword" => vec![PASSWORD.to_owned()],
            "TargetPrincipal" => vec![self.world.account.to_string()],
            "TaskPolicyArn" => vec![ROOT_TASK.to_owned()],
            "RoleSessionName" | "Name" => vec!["escalation".to_owned()],
            _ if required => vec!["escalation-7".to_owned()],
            _ => Vec::new(),
        }
    }

    /// Every request of an operation that could help.
    fn requests(&self, operation: &str) -> Vec<Vec<(String, String)>> {
        let model = models::of(operation);
        let Some(input) = model["operations"][operation]["input"]["shape"].as_str() else {
            return vec![vec![]];
        };
        let shape = &model["shapes"][input];
        let required = |member: &str| {
            shape["required"].as_array().is_some_and(|names| names.iter().any(|name| name == member))
        };
        let mut requests = vec![Vec::new()];
        for (member, reference) in shape["members"].as_object().into_iter().flatten() {
            let values = self.values(operation, member, required(member));
            if values.is_empty() {
                continue;
            }
            let structure = reference["shape"] == "PolicyDescriptorType";
            let name = if structure { format!("{member}.arn") } else { member.clone() };
            let with = |request: &Vec<(String, String)>| -> Vec<Vec<(String, String)>> {
                let one = |value: &String| [request.clone(), vec![(name.clone(), value.clone())]].concat();
                values.iter().map(one).collect()
            };
            requests = requests.iter().flat_map(with).collect();
        }
        requests
    }

    /// Tries an operation in every way, and says whether that led to everything.
    fn escalates(&self, service: &str, operation: &str) -> bool {
        if service == "keystead" {
            return self.imports_a_key(operation);
        }
        self.requests(operation).iter().any(|request| {
            let params: Vec<(&str, &str)> =
                request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let gained = keys_in(&self.world.call(&self.mallory, operation, &params), self.world);
            self.is_everything_reached(gained)
        })
    }

    /// The one operation of Keystead's own that takes a credential for somebody else.
    fn imports_a_key(&self, operation: &str) -> bool {
        if operation != "ImportAccessKey" {
            return false;
        }
        let letter = |digit: u8| char::from(digit - b'0' + b'A');
        let digits: String = format!("{:05}", self.number).bytes().map(letter).collect();
        let id = ["AKIAI44QH7DH", &digits, "MPL"].concat();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz12345678".to_owned();
        let input = json!({"user_name": self.name("boss"), "access_key_id": id, "secret_access_key": secret});
        self.world.rest(&self.mallory, "POST", "/api/v1/access-keys/import", Some(&input));
        self.is_everything_reached(Some(Key { account: self.world.account, id, secret, token: None }))
    }

    /// Whether mallory, as who it is by now or as who it can be, may do everything.
    fn is_everything_reached(&self, gained: Option<Key>) -> bool {
        let own = self.mallory.clone();
        let mut keys: Vec<Key> = gained.into_iter().chain([own]).collect();
        for role in ["helper", "ruler"] {
            let named = [("RoleArn", &*self.role_arn(role)), ("RoleSessionName", "spoils")];
            keys.extend(keys_in(&self.world.call(&self.mallory, "AssumeRole", &named), self.world));
        }
        let signed_in = |user: &str| {
            let name = self.name(user);
            is_right(self.world, Who::User { account: self.world.account, name: &name }, PASSWORD)
        };
        keys.iter().any(|key| self.may_do_everything(key) || self.sets_the_root_password(key))
            || (self.has_passwords() && ["boss", "chief"].into_iter().any(signed_in))
    }

    fn has_passwords(&self) -> bool {
        let user = [("UserName", &*self.name("chief"))];
        let other = [("UserName", &*self.name("boss"))];
        [user, other]
            .iter()
            .any(|user| self.world.call(&self.world.root, "GetLoginProfile", user).reply.status == 200)
    }

    /// Two things that no single permission allows together.
    fn may_do_everything(&self, key: &Key) -> bool {
        let done = |operation: &str, member: &str| {
            let name = format!("spoils-{}", keystead_core::rng::uuid(&*self.world.store.rng));
            self.world.call(key, operation, &[(member, &name)]).reply.status == 200
        };
        done("CreateGroup", "GroupName") && done("CreateInstanceProfile", "InstanceProfileName")
    }

    fn sets_the_root_password(&self, key: &Key) -> bool {
        key.token.is_some()
            && self.world.call(key, "CreateLoginProfile", &[("Password", PASSWORD)]).reply.status == 200
            && is_right(self.world, Who::Root { email: "first@example.com" }, PASSWORD)
    }
}

/// The credentials in a reply.
fn keys_in(answer: &Answer, world: &World) -> Option<Key> {
    let key = |under: &str| {
        let text = |member: &str| answer.find(&format!("{under}/{member}"));
        let (id, secret) = (text("AccessKeyId")?, text("SecretAccessKey")?);
        Some(Key { account: world.account, id, secret, token: text("SessionToken") })
    };
    if answer.reply.status != 200 || answer.reply.content_type != "text/xml" {
        return None;
    }
    key("AccessKey").or_else(|| key("Credentials"))
}

/// The permissions that `docs/security.md` publishes.
fn published() -> BTreeSet<String> {
    let page = include_str!("../../../../docs/security.md");
    let (_, section) = page.split_once("## What one permission can become").expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let named = |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned());
    section.lines().filter_map(named).collect()
}

#[test]
fn who_may_do_one_thing_gets_no_further_than_is_published() {
    let world = World::new(TestStore::sqlite());
    // Every scene has groups, roles and policies of its own.
    for quota in keystead_core::Quota::ALL.into_iter().filter(|quota| quota.is_settable()) {
        let account = world.account;
        world.store.run(move |tx| {
            tx.quotas().set(account, quota, 100_000)?;
            tx.touch(keystead_store::Touched::Account(account));
            Ok(())
        });
    }
    let mut found = BTreeSet::new();
    let mut number = 0;
    for handler in handlers() {
        let action = format!("{}:{}", handler.service(), handler.name());
        // What only reads lifts no bound.
        let bounds = if handler.kind() == Kind::Read { &Bound::ALL[..1] } else { &Bound::ALL };
        let escalates = bounds.iter().any(|bound| {
            number += 1;
            let scene = Scene::new(&world, number, &action, *bound);
            scene.escalates(handler.service(), handler.name())
        });
        if escalates {
            found.insert(action);
        }
    }
    let published = published();
    let silent: Vec<&String> = found.difference(&published).collect();
    let in_vain: Vec<&String> = published.difference(&found).collect();
    assert!(
        silent.is_empty() && in_vain.is_empty(),
        "not published: {silent:?}; published in vain: {in_vain:?}"
    );
}
