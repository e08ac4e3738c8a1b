//! Whom a trust policy trusts: who is named must be there, and whoever comes by a name later is somebody else.

use keystead_aws::percent_encode;
use keystead_core::Arn;
use keystead_store::both;

use crate::answer::Answer;
use crate::world::World;

const ROLE: (&str, &str) = ("RoleName", "trusting");

fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
    )
}

fn update(world: &World, principal: &str) -> Answer {
    world.call(&world.root, "UpdateAssumeRolePolicy", &[ROLE, ("PolicyDocument", &trust(principal))])
}

/// Whether the document of the role has this in it as it is shown.
fn shows(world: &World, part: &str) -> bool {
    let shown = world.call(&world.root, "GetRole", &[ROLE]).expect_done();
    shown.text("Role/AssumeRolePolicyDocument").contains(&percent_encode(part))
}

/// Whether a user of that name can take on the role.
fn trusts(world: &World, user: &str) -> bool {
    let key = world.key_of(&world.root, user);
    let role = Arn::role(world.account, "/", ROLE.1);
    let answer = world.assume(&key, &role, &[]);
    let trusted = answer.reply.status == 200;
    assert!(trusted || answer.code == "AccessDenied", "{}", answer.message);
    let key = [("UserName", user), ("AccessKeyId", &*key.id)];
    world.call(&world.root, "DeleteAccessKey", &key).expect_done();
    trusted
}

both! {
    fn a_later_user_of_the_same_name_is_not_trusted(store: TestStore) {
        let world = World::new(store);
        let user = [("UserName", "alice"), ("Path", "/x/")];
        let made = world.call(&world.root, "CreateUser", &user).expect_done();
        let (arn, id) = (made.text("User/Arn"), made.text("User/UserId"));
        let document = trust(&format!(r#"{{"AWS": ["{arn}"]}}"#));
        let create = [ROLE, ("AssumeRolePolicyDocument", document.as_str())];
        world.call(&world.root, "CreateRole", &create).expect_done();
        assert!(trusts(&world, "alice"));
        assert!(shows(&world, &document), "a document is shown as it was given");

        // The same user by another name.
        let rename = [("UserName", "alice"), ("NewUserName", "bob")];
        world.call(&world.root, "UpdateUser", &rename).expect_done();
        world.call(&world.root, "CreateUser", &user).expect_done();
        let world = world.with_new_gate();
        assert!(trusts(&world, "bob") && !trusts(&world, "alice"));
        assert!(shows(&world, &arn.replace("alice", "bob")));

        // Nobody, and then another user by the same name.
        for name in ["alice", "bob"] {
            world.call(&world.root, "DeleteUser", &[("UserName", name)]).expect_done();
        }
        assert!(shows(&world, &format!(r#"["{id}"]"#)));
        for name in ["alice", "bob"] {
            world.call(&world.root, "CreateUser", &[("UserName", name), user[1]]).expect_done();
            assert!(!trusts(&world, name));
        }
        let world = world.with_new_gate();
        assert!(!trusts(&world, "alice") && !trusts(&world, "bob"));
        assert!(shows(&world, &id));
        // The id means nobody any more; the name means who has it now.
        let refusal = format!(r#"Invalid principal in policy: "AWS":"{id}""#);
        update(&world, &format!(r#"{{"AWS":"{id}"}}"#)).expect_refused(400, "MalformedPolicyDocument", &refusal);
        update(&world, &format!(r#"{{"AWS":"{arn}"}}"#)).expect_done();
        assert!(trusts(&world, "alice") && !trusts(&world, "bob"));
    }

    fn who_is_named_must_be_there(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user("Alice");
        let id = world.call(&world.root, "GetUser", &[("UserName", "Alice")]).text("User/UserId");
        world.user_of(&other, "theirs");
        world.call(&world.root, "CreateGroup", &[("GroupName", "g")]).expect_done();
        let group = world.call(&world.root, "GetGroup", &[("GroupName", "g")]).text("Group/GroupId");
        let document = trust("\"*\"");
        let create = [ROLE, ("AssumeRolePolicyDocument", document.as_str())];
        world.call(&world.root, "CreateRole", &create).expect_done();
        let (here, there) = (world.account, other.account);
        for principal in [
            format!(r#"{{"AWS":"{here}"}}"#),
            format!(r#"{{"AWS":"arn:aws:iam::{there}:root"}}"#),
            format!(r#"{{"AWS":["arn:aws:iam::{here}:user/Alice","arn:aws:iam::{there}:user/theirs"]}}"#),
            format!(r#"{{"AWS":"arn:aws:iam::{here}:role/trusting"}}"#),
            format!(r#"{{"AWS":"arn:aws:sts::{here}:assumed-role/trusting/session"}}"#),
            format!(r#"{{"AWS":"{id}"}}"#),
            r#"{"AWS":"*"}"#.to_owned(),
            r#"{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#.to_owned(),
            r#"{"Federated":"accounts.google.com"}"#.to_owned(),
        ] {
            update(&world, &principal).expect_done();
        }
        assert!(!trusts(&world, "Alice"));
        let state = world.state();
        for nobody in [
            "999999999999".to_owned(),
            "arn:aws:iam::999999999999:root".to_owned(),
            format!("arn:aws:iam::{here}:user/alice"),
            format!("arn:aws:iam::{here}:user/x/Alice"),
            format!("arn:aws:iam::{here}:user/theirs"),
            format!("arn:aws-cn:iam::{here}:user/Alice"),
            format!("arn:aws:iam::{here}:role/nothing"),
            format!("arn:aws:iam::{here}:group/g"),
            format!("arn:aws:sts::{here}:assumed-role/nothing/session"),
            format!("arn:aws:iam::{here}:user/*"),
            "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
            group,
        ] {
            let refusal = format!(r#"Invalid principal in policy: "AWS":"{nobody}""#);
            let refused = update(&world, &format!(r#"{{"AWS":"{nobody}"}}"#));
            refused.expect_refused(400, "MalformedPolicyDocument", &refusal);
            let document = trust(&format!(r#"{{"AWS":["*","{nobody}"]}}"#));
            let create = [("RoleName", "r"), ("AssumeRolePolicyDocument", document.as_str())];
            world.call(&world.root, "CreateRole", &create).expect_refused(400, "MalformedPolicyDocument", &refusal);
        }
        assert_eq!(world.state(), state);
    }

    fn a_trust_policy_is_no_longer_than_its_quota(store: TestStore) {
        let world = World::new(store);
        let padded = |chars: usize| {
            let document = trust(r#"{"Service":"ec2.amazonaws.com"}"#);
            let sid = format!(r#"{{"Sid":"{}","#, "s".repeat(chars - document.len() - r#""Sid":"","#.len()));
            document.replacen("{\"Effect\"", &format!("{sid}\"Effect\""), 1).replace(":{", ": \n {")
        };
        let create = [ROLE, ("AssumeRolePolicyDocument", &*padded(2049))];
        let refusal = "Cannot exceed quota for ACLSizePerRole: 2048";
        world.call(&world.root, "CreateRole", &create).expect_refused(409, "LimitExceeded", refusal);
        let create = [ROLE, ("AssumeRolePolicyDocument", &*padded(2048))];
        world.call(&world.root, "CreateRole", &create).expect_done();
    }
}
