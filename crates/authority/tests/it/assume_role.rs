//! AssumeRole: who may take on which role, and what the session is.

use std::time::Duration;

use keystead_store::both;
use serde_json::json;

use crate::guards::events;
use crate::phone::{Phone, step};
use crate::sessions::{allowing, policy, session_in, trusting};
use crate::world::{Key, World};

const HOUR: Duration = Duration::from_hours(1);

/// What is said to somebody who may not.
fn refusal(world: &World, caller: &str, action: &str, role: &str) -> String {
    format!("User: arn:aws:{caller} is not authorized to perform: {action} on resource: {role}")
        .replace("{account}", &world.account.to_string())
}

both! {
    fn a_role_is_taken_on_and_may_do_what_it_is_allowed(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let reader = world.role(&world.root, "reader");
        world.grant_role(&world.root, "reader", &allowing(&["iam:ListUsers"]));
        let denied = refusal(&world, "iam::{account}:user/alice", "sts:AssumeRole", reader.as_str());
        world.assume(&alice, &reader, &[]).expect_refused(403, "AccessDenied", &denied);
        world.grant_user(&world.root, "alice", &allowing(&["sts:AssumeRole"]));
        let answer = world.assume(&alice, &reader, &[]).expect_done();
        let role_id = world.gate.ring().find_role(world.account, "reader").unwrap().id.to_string();
        let arn = format!("arn:aws:sts::{}:assumed-role/reader/test", world.account);
        assert_eq!(answer.text("AssumedRoleUser/Arn"), arn);
        assert_eq!(answer.text("AssumedRoleUser/AssumedRoleId"), format!("{role_id}:test"));
        assert_eq!(answer.text("Credentials/Expiration"), world.now().plus(HOUR).to_iso8601());
        assert_eq!(answer.find("PackedPolicySize"), None);
        let session = session_in(&answer);
        assert!(session.id.starts_with("ASIA"));
        let identity = world.call(&session, "GetCallerIdentity", &[]).expect_done();
        assert_eq!((identity.text("Arn"), identity.text("UserId")), (arn, format!("{role_id}:test")));
        world.call(&session, "ListUsers", &[]).expect_done();
        world.call(&session, "GetAccountSummary", &[]).expect_refused(
            403,
            "AccessDenied",
            &format!(
                "User: arn:aws:sts::{}:assumed-role/reader/test is not authorized to perform: \
                 iam:GetAccountSummary on resource: * because no identity-based policy allows the \
                 iam:GetAccountSummary action",
                world.account
            ),
        );
        world.call(&session, "CreateAccessKey", &[])
            .expect_refused(400, "ValidationError", "Must specify userName when calling with non-User credentials");
        world.store.clock.advance(HOUR);
        world.call(&session, "ListUsers", &[])
            .expect_refused(403, "ExpiredToken", "The security token included in the request is expired");
    }

    fn what_is_not_there_is_refused_as_what_trusts_others(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alice = world.administrator("alice");
        let theirs = world.role(&other, "theirs");
        for role in [theirs.as_str(), "arn:aws:iam::999999999999:role/r", "arn:aws:iam::{account}:role/none"] {
            let role = keystead_core::Arn::written(role.replace("{account}", &world.account.to_string()));
            let denied = refusal(&world, "iam::{account}:user/alice", "sts:AssumeRole", role.as_str());
            world.assume(&alice, &role, &[]).expect_refused(403, "AccessDenied", &denied);
        }
        world.assume(&world.root, &theirs, &[])
            .expect_refused(403, "AccessDenied", "Roles may not be assumed by root accounts.");
    }

    fn another_accounts_role_needs_both_sides(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user("alice");
        let alice = world.key_of(&world.root, "alice");
        let condition = json!({"StringEquals": {"sts:ExternalId": "tenant-7"}});
        let account = json!({"AWS": world.account.to_string()});
        let role = world.role_trusting(&other, "shared", &trusting(&account, &condition));
        let with_id = [("ExternalId", "tenant-7")];
        world.assume(&alice, &role, &with_id).expect_code(403, "AccessDenied");
        world.grant_user(&world.root, "alice", &allowing(&["sts:AssumeRole"]));
        world.assume(&alice, &role, &[]).expect_code(403, "AccessDenied");
        world.assume(&alice, &role, &[("ExternalId", "tenant-8")]).expect_code(403, "AccessDenied");
        let session = session_in(&world.assume(&alice, &role, &with_id).expect_done());
        assert_eq!(session.account, other.account);
        let identity = world.call(&session, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(identity.text("Account"), other.account.to_string());
        // The session acts where its role is and nowhere else.
        world.grant_role(&other, "shared", &allowing(&["iam:*"]));
        world.call(&session, "CreateUser", &[("UserName", "there")]).expect_done();
        world.call(&world.root, "GetUser", &[("UserName", "there")]).expect_code(404, "NoSuchEntity");
        world.call(&other, "GetUser", &[("UserName", "there")]).expect_done();
    }

    fn a_trust_policy_that_names_a_user_is_enough_in_its_account(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.user("alice"), world.user("bob"));
        let trusted = json!({"AWS": format!("arn:aws:iam::{}:user/alice", world.account)});
        let named = json!({"StringLike": {"sts:RoleSessionName": "${aws:username}"}});
        let role = world.role_trusting(&world.root, "named", &trusting(&trusted, &named));
        let ask = |key: &Key, name: &str| {
            world.call(key, "AssumeRole", &[("RoleArn", role.as_str()), ("RoleSessionName", name)])
        };
        ask(&alice, "alice").expect_done();
        ask(&alice, "bob").expect_code(403, "AccessDenied");
        ask(&bob, "bob").expect_code(403, "AccessDenied");
        world.grant_user(&world.root, "alice", &policy("Deny", &json!("sts:AssumeRole"), "*"));
        ask(&alice, "alice").expect_code(403, "AccessDenied");
    }

    fn durations_are_bounded_by_the_role_and_the_chain(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let (first, second) = (world.role(&world.root, "first"), world.role(&world.root, "second"));
        world.grant_role(&world.root, "first", &allowing(&["sts:AssumeRole"]));
        let too_long = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        world.assume(&alice, &first, &[("DurationSeconds", "7201")])
            .expect_refused(400, "ValidationError", too_long);
        let longest = world.assume(&alice, &first, &[("DurationSeconds", "7200")]).expect_done();
        assert_eq!(longest.text("Credentials/Expiration"), world.now().plus(2 * HOUR).to_iso8601());
        let session = session_in(&longest);
        world.assume(&session, &second, &[("DurationSeconds", "3601")]).expect_refused(
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        );
        world.assume(&session, &second, &[("DurationSeconds", "3600")]).expect_done();
        for seconds in ["899", "43201"] {
            world.assume(&alice, &first, &[("DurationSeconds", seconds)]).expect_code(400, "ValidationError");
        }
    }

    fn tags_and_source_identity_need_their_own_permission_and_go_on(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let account = json!({"AWS": world.account.to_string()});
        let plain = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}]});
        let plain = world.role_trusting(&world.root, "plain", &plain.to_string());
        let condition = json!({"StringEquals": {"aws:RequestTag/team": "red"}});
        let red = world.role_trusting(&world.root, "red", &trusting(&account, &condition));
        world.grant_role(&world.root, "red", &allowing(&["sts:*", "iam:ListUsers"]));
        let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let named = [("SourceIdentity", "alice@example.com")];
        for (params, action) in [(&tags[..], "sts:TagSession"), (&named[..], "sts:SetSourceIdentity")] {
            let denied = refusal(&world, "iam::{account}:user/alice", action, plain.as_str());
            world.assume(&alice, &plain, params).expect_refused(403, "AccessDenied", &denied);
        }
        world.assume(&alice, &red, &[]).expect_code(403, "AccessDenied");
        let mut all = [&tags[..], &named, &[("TransitiveTagKeys.member.1", "team")]].concat();
        let answer = world.assume(&alice, &red, &all).expect_done();
        assert_eq!(answer.text("SourceIdentity"), "alice@example.com");
        let session = session_in(&answer);
        // Down the chain: the tag satisfies the next role's trust, and the source identity stays.
        let chained = world.assume(&session, &red, &[]).expect_done();
        assert_eq!(chained.text("SourceIdentity"), "alice@example.com");
        let denied = refusal(
            &world, "sts::{account}:assumed-role/red/test", "sts:TagSession", plain.as_str());
        world.assume(&session, &plain, &[]).expect_refused(403, "AccessDenied", &denied);
        world.assume(&session, &red, &[("SourceIdentity", "bob")]).expect_code(403, "AccessDenied");
        world.assume(&session, &red, &tags).expect_refused(
            400,
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag \
             key from the calling session.",
        );
        all.pop();
        let session = session_in(&world.assume(&alice, &red, &all).expect_done());
        world.assume(&session, &red, &[]).expect_code(403, "AccessDenied");
        // The tag is the principal's in the session.
        let tagged = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*",
             "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}]});
        world.grant_role(&world.root, "red", &tagged.to_string());
        let denied = world.call(&session, "ListUsers", &[]);
        assert!(denied.message.ends_with("with an explicit deny in an identity-based policy"), "{}", denied.message);
    }

    fn session_policies_limit_and_are_measured(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let role = world.role(&world.root, "wide");
        world.grant_role(&world.root, "wide", &allowing(&["iam:*"]));
        let only_users = allowing(&["iam:ListUsers"]);
        let answer = world.assume(&alice, &role, &[("Policy", &only_users)]).expect_done();
        assert!(answer.text("PackedPolicySize").parse::<u64>().unwrap() <= 100);
        let session = session_in(&answer);
        world.call(&session, "ListUsers", &[]).expect_done();
        let denied = world.call(&session, "GetAccountSummary", &[]);
        let end = "because no session policy allows the iam:GetAccountSummary action";
        assert!(denied.message.ends_with(end), "{}", denied.message);
        let managed = [("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/IAMReadOnlyAccess")];
        let session = session_in(&world.assume(&alice, &role, &managed).expect_done());
        world.call(&session, "GetAccountSummary", &[]).expect_done();
        world.call(&session, "CreateUser", &[("UserName", "u")]).expect_code(403, "AccessDenied");
        for (arn, code) in [
            ("arn:aws:iam::aws:policy/None", "MalformedPolicyDocument"),
            ("arn:aws:sqs:eu-north-1:123456789012:q", "ValidationError"),
        ] {
            world.assume(&alice, &role, &[("PolicyArns.member.1.arn", arn)]).expect_code(400, code);
        }
        world.assume(&alice, &role, &[("Policy", "{}")]).expect_code(400, "MalformedPolicyDocument");
        let long = format!("{only_users:<2049}");
        world.assume(&alice, &role, &[("Policy", &long)]).expect_refused(
            400,
            "ValidationError",
            &format!(
                "1 validation error detected: Value '{long}' at 'policy' failed to satisfy constraint: Member must \
                 have length less than or equal to 2048"
            ),
        );
        let arns: Vec<String> = (1..=11).map(|number| format!("PolicyArns.member.{number}.arn")).collect();
        let arns: Vec<(&str, &str)> = arns.iter().map(|name| (&**name, managed[0].1)).collect();
        world.assume(&alice, &role, &arns).expect_code(400, "ValidationError");
        let noise = |number: u32| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(number.to_be_bytes()));
        let values: Vec<String> = (0..50).map(|number| noise(number) + &noise(number + 50)).collect();
        let names: Vec<[String; 2]> = (1..=50)
            .map(|number| [format!("Tags.member.{number}.Key"), format!("Tags.member.{number}.Value")])
            .collect();
        let mut tags: Vec<(&str, &str)> = Vec::new();
        for (name, value) in names.iter().zip(&values) {
            tags.extend([(&*name[0], &value[..9]), (&*name[1], &**value)]);
        }
        let answer = world.assume(&alice, &role, &tags);
        answer.expect_code(400, "PackedPolicyTooLarge");
        assert!(answer.message.ends_with("% of allotted space, please use smaller policy."), "{}", answer.message);
    }

    fn a_role_may_ask_for_mfa(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let bob = world.administrator("bob");
        let phone = Phone::of_user(&world, &world.root, "alice", "alice");
        let account = json!({"AWS": world.account.to_string()});
        let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        let role = world.role_trusting(&world.root, "careful", &trusting(&account, &condition));
        world.assume(&alice, &role, &[]).expect_code(403, "AccessDenied");
        world.store.clock.advance(Duration::from_mins(1));
        let code = phone.code(step(&world));
        let serial = ("SerialNumber", &*phone.serial_number);
        world.assume(&alice, &role, &[serial]).expect_refused(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ",
        );
        world.assume(&bob, &role, &[serial, ("TokenCode", &code)]).expect_refused(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number \
             is valid and associated with this user.",
        );
        let session = session_in(&world.assume(&alice, &role, &[serial, ("TokenCode", &code)]).expect_done());
        // A code is good once, also where the role is refused.
        world.assume(&alice, &role, &[serial, ("TokenCode", &code)]).expect_refused(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
        );
        let next = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
             "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}}]});
        world.grant_role(&world.root, "careful", &next.to_string());
        world.call(&session, "ListUsers", &[]).expect_done();
        world.store.clock.advance(Duration::from_mins(1));
        world.call(&session, "ListUsers", &[]).expect_code(403, "AccessDenied");
    }

    fn the_secret_of_a_session_is_given_once(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let role = world.role(&world.root, "role");
        let sent = world.sign_call(
            &alice, "AssumeRole", &[("RoleArn", role.as_str()), ("RoleSessionName", "test")]);
        world.send(&sent).expect_done();
        world.send(&sent).expect_code(409, "ConcurrentModification");
    }

    fn it_is_audited(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let role = world.role(&world.root, "role");
        world.assume(&alice, &role, &[]).expect_done();
        let events = events(&world);
        let event = events.iter().find(|event| event["eventName"] == "AssumeRole").expect("it is audited");
        assert_eq!(event["userIdentity"]["accessKeyId"], alice.id);
        assert_eq!(event["requestParameters"]["RoleArn"], role.as_str());
        assert_eq!(event["readOnly"], false);
    }
}
