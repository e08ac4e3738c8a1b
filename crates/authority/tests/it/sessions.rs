//! Roles, and sessions as their holders keep them.

use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::role::SESSION_SECONDS_DEFAULT;
use keystead_core::{Arn, Role};
use keystead_gate::ring::Principal;
use keystead_store::Touched;
use keystead_store::inline_policies::InlinePolicy;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::world::{Key, World};

/// A policy with one statement.
pub(crate) fn policy(effect: &str, action: &Value, resource: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": resource}],
    })
    .to_string()
}

/// A policy that allows these actions everywhere.
pub(crate) fn allowing(actions: &[&str]) -> String {
    policy("Allow", &json!(actions), "*")
}

/// A trust policy that lets `principal` take a role on, with tags and a source identity or without.
pub(crate) fn trusting(principal: &Value, condition: &Value) -> String {
    let actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": condition},
        ],
    })
    .to_string()
}

impl World {
    /// Makes a role in the account of `root` that anybody of that account may take on who is allowed to.
    pub(crate) fn role(&self, root: &Key, name: &str) -> Arn {
        self.role_trusting(root, name, &trusting(&json!({"AWS": root.account.to_string()}), &json!({})))
    }

    /// Makes a role with a trust policy.
    pub(crate) fn role_trusting(&self, root: &Key, name: &str, trust_policy: &str) -> Arn {
        let role = Role {
            account: root.account,
            id: unique_id(UniqueIdKind::Role, &*self.store.rng),
            name: name.to_owned(),
            path: "/".to_owned(),
            description: None,
            trust_policy: trust_policy.to_owned(),
            trusted_ids: Vec::new(),
            max_session_seconds: 2 * SESSION_SECONDS_DEFAULT,
            permissions_boundary: None,
            service_name: None,
            created_at: self.now(),
        };
        let arn = role.arn();
        self.store.run(move |tx| {
            tx.roles().insert(&role)?;
            tx.touch(Touched::Principal { account: role.account, id: role.id.clone() });
            Ok(())
        });
        arn
    }

    /// Gives a user or role an inline policy.
    pub(crate) fn grant(&self, principal: &Principal, document: &str) {
        let (account, id) = (principal.account, principal.id.to_string());
        let policy = InlinePolicy { name: "granted".to_owned(), document: document.to_owned() };
        self.store.run(move |tx| {
            tx.inline_policies().put(account, &id, &policy)?;
            tx.touch(Touched::Principal { account, id: id.clone() });
            Ok(())
        });
    }

    /// Gives a user of the account of `root` an inline policy.
    pub(crate) fn grant_user(&self, root: &Key, name: &str, document: &str) {
        self.grant(&self.gate.ring().find_user(root.account, name).expect("the user is there"), document);
    }

    /// The same for a role.
    pub(crate) fn grant_role(&self, root: &Key, name: &str, document: &str) {
        self.grant(&self.gate.ring().find_role(root.account, name).expect("the role is there"), document);
    }

    /// Asks for a session of a role.
    pub(crate) fn assume(&self, key: &Key, role: &Arn, params: &[(&str, &str)]) -> Answer {
        let mut all = vec![("RoleArn", role.as_str()), ("RoleSessionName", "test")];
        all.extend(params);
        self.call(key, "AssumeRole", &all)
    }
}

/// The credentials in a reply of STS, as those of a session in the account that the key's id carries.
pub(crate) fn session_in(answer: &Answer) -> Key {
    let id = answer.text("Credentials/AccessKeyId");
    let parsed: keystead_core::AccessKeyId = id.parse().expect("an id of ours");
    Key {
        account: parsed.account().expect("it carries its account"),
        secret: answer.text("Credentials/SecretAccessKey"),
        token: Some(answer.text("Credentials/SessionToken")),
        id,
    }
}
