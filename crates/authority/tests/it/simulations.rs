//! The policy simulator, GetContextKeysFor…, and ListPoliciesGrantingServiceAccess.

use keystead_store::both;
use serde_json::json;

use crate::answer::Answer;
use crate::managed_policies::create;
use crate::sessions::{allowing, policy};
use crate::world::{Key, World};

fn simulate(world: &World, key: &Key, params: &[(&str, &str)]) -> Answer {
    world.call(key, "SimulateCustomPolicy", params)
}

fn decisions(answer: &Answer) -> Vec<String> {
    answer.list("EvaluationResults", "EvalDecision")
}

both! {
    // The example of the AWS command line's reference of simulate-custom-policy, with AWS's answer.
    fn a_simulation_answers_as_aws_does(store: TestStore) {
        let world = World::new(store);
        let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
        let asked = [("PolicyInputList.member.1", document), ("ActionNames.member.1", "dynamodb:CreateBackup")];
        let entry = [
            ("ContextEntries.member.1.ContextKeyName", "aws:CurrentTime"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", "2019-04-25T11:00:00Z"),
            ("ContextEntries.member.1.ContextKeyType", "date"),
        ];
        let answer = simulate(&world, &world.root, &[&asked[..], &entry].concat()).expect_done();
        assert_eq!(decisions(&answer), ["allowed"]);
        let body = answer.body();
        for part in [
            "<EvalActionName>dynamodb:CreateBackup</EvalActionName><EvalResourceName>*</EvalResourceName>",
            "<SourcePolicyId>PolicyInputList.1</SourcePolicyId><SourcePolicyType>IAM Policy</SourcePolicyType>",
            "<StartPosition><Line>1</Line><Column>38</Column></StartPosition>",
            "<EndPosition><Line>1</Line><Column>167</Column></EndPosition>",
            "<MissingContextValues></MissingContextValues>",
            "<IsTruncated>false</IsTruncated>",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
        assert!(!body.contains("ResourceSpecificResults"));
        let early = simulate(&world, &world.root, &asked).expect_done();
        assert_eq!(decisions(&early), ["implicitDeny"]);
        assert!(early.body().contains("<MissingContextValues><member>aws:CurrentTime</member></MissingContextValues>"));
        assert!(early.body().contains("<MatchedStatements></MatchedStatements>"));
        let keys = world.call(&world.root, "GetContextKeysForCustomPolicy", &asked[..1]).expect_done();
        assert_eq!(keys.texts("ContextKeyNames"), ["aws:CurrentTime"]);
    }

    fn resources_boundaries_and_policies_of_resources_are_simulated(store: TestStore) {
        let world = World::new(store);
        let own = policy("Allow", &json!("s3:*"), "arn:aws:s3:::mine/*");
        let not_here = policy("Deny", &json!("s3:PutObject"), "arn:aws:s3:::mine/locked");
        let base = [
            ("PolicyInputList.member.1", &*own),
            ("PolicyInputList.member.2", &*not_here),
            ("ActionNames.member.1", "s3:PutObject"),
            ("ActionNames.member.2", "s3:GetObject"),
            ("ResourceArns.member.1", "arn:aws:s3:::mine/a"),
            ("ResourceArns.member.2", "arn:aws:s3:::mine/locked"),
            ("ResourceArns.member.3", "arn:aws:s3:::theirs/a"),
        ];
        let answer = simulate(&world, &world.root, &base).expect_done();
        // The worst stands for the action.
        assert_eq!(decisions(&answer), ["explicitDeny", "implicitDeny"]);
        let each = answer.result();
        let results = &each.child("EvaluationResults").unwrap().children;
        let of = |place: usize| {
            let specific = results[place].child("ResourceSpecificResults").unwrap();
            specific.children.iter().map(|one| one.text_at(&["EvalResourceDecision"]).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(of(0), ["allowed", "explicitDeny", "implicitDeny"]);
        assert_eq!(of(1), ["allowed", "allowed", "implicitDeny"]);
        assert!(answer.body().contains("<SourcePolicyId>PolicyInputList.2</SourcePolicyId>"));

        let one = [base[0], base[2], base[4]];
        let narrow = allowing(&["s3:GetObject"]);
        let bounded = [&one[..], &[("PermissionsBoundaryPolicyInputList.member.1", &*narrow)]].concat();
        let bounded = simulate(&world, &world.root, &bounded).expect_done();
        assert_eq!(decisions(&bounded), ["implicitDeny"]);
        assert!(bounded.body().contains("<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"));

        let ann = format!("arn:aws:iam::{}:user/Ann", world.account);
        let of_bucket = json!({
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": ann}, "Action": "s3:*", "Resource": "arn:aws:s3:::theirs/*"},
        })
        .to_string();
        let asked = [
            ("PolicyInputList.member.1", &*own),
            ("ActionNames.member.1", "s3:GetObject"),
            ("ResourceArns.member.1", "arn:aws:s3:::theirs/a"),
            ("CallerArn", &*ann),
        ];
        assert_eq!(decisions(&simulate(&world, &world.root, &asked)), ["implicitDeny"]);
        let granted = [&asked[..], &[("ResourcePolicy", &*of_bucket)]].concat();
        let answer = simulate(&world, &world.root, &granted);
        assert_eq!(decisions(&answer), ["allowed"]);
        assert!(answer.body().contains("<SourcePolicyType>Resource Policy</SourcePolicyType>"));
        // Across accounts both sides must allow.
        let abroad = [&granted[..], &[("ResourceOwner", "arn:aws:iam::999999999999:root")]].concat();
        assert_eq!(decisions(&simulate(&world, &world.root, &abroad)), ["implicitDeny"]);
    }

    fn a_page_holds_what_can_be_decided_in_time(store: TestStore) {
        let world = World::new(store);
        let everything = allowing(&["*"]);
        let actions: Vec<(String, String)> =
            (1..=5).map(|n| (format!("ActionNames.member.{n}"), format!("s3:Action{n}"))).collect();
        let arns: Vec<(String, String)> =
            (1..=300).map(|n| (format!("ResourceArns.member.{n}"), format!("arn:aws:s3:::b/{n}"))).collect();
        let mut base = vec![("PolicyInputList.member.1", &*everything)];
        base.extend(actions.iter().map(|(name, value)| (&**name, &**value)));
        let (mut seen, mut marker) = (Vec::new(), None::<String>);
        for size in [3, 2] {
            // With 300 resources, three actions are 900 decisions.
            let mut params = base.clone();
            params.extend(arns.iter().map(|(name, value)| (&**name, &**value)));
            params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = simulate(&world, &world.root, &params).expect_done();
            assert_eq!(decisions(&page).len(), size);
            seen.extend(page.list("EvaluationResults", "EvalActionName"));
            marker = page.find("Marker");
        }
        assert_eq!((seen.len(), seen[4].as_str(), marker), (5, "s3:Action5", None));
        // Long policies are asked less often.
        let long = policy("Allow", &json!("*"), &format!("arn:aws:s3:::{}", "x".repeat(100_000)));
        let mut params = vec![("PolicyInputList.member.1", &*long), base[1]];
        params.extend(arns.iter().map(|(name, value)| (&**name, &**value)));
        let refused = simulate(&world, &world.root, &params);
        let refusal = "With policies of this size, give at most 204 ResourceArns at a time, not 300.";
        refused.expect_refused(400, "InvalidInput", refusal);
        let small = simulate(&world, &world.root, &[&base[..], &[("MaxItems", "2")]].concat()).expect_done();
        assert_eq!((decisions(&small).len(), &*small.text("IsTruncated")), (2, "true"));
    }

    fn the_simulation_of_somebody_is_what_they_may_do(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.call(&world.root, "CreateGroup", &[("GroupName", "g")]).expect_done();
        world.call(&world.root, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "alice")]).expect_done();
        let tag = [("UserName", "alice"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        world.call(&world.root, "TagUser", &tag).expect_done();
        let own = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::*:user/${aws:username}"},{"Effect":"Allow","Action":"iam:GetAccountSummary","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}]}"#;
        let put = |kind: &str, named: (&str, &str), document: &str| {
            let params = [named, ("PolicyName", "p"), ("PolicyDocument", document)];
            world.call(&world.root, &format!("Put{kind}Policy"), &params).expect_done();
        };
        put("User", ("UserName", "alice"), own);
        put("Group", ("GroupName", "g"), &policy("Deny", &json!("iam:DeleteAccessKey"), "*"));
        let managed = create(&world, "managed", &["iam:ListUsers", "iam:DeleteAccessKey"]);
        world.call(&world.root, "AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &managed)]).expect_done();
        let arn = format!("arn:aws:iam::{}:user/alice", world.account);
        let simulated = |action: &str, resource: &str, more: &[(&str, &str)]| {
            let action = format!("iam:{action}");
            let base =
                [("PolicySourceArn", &*arn), ("ActionNames.member.1", &*action), ("ResourceArns.member.1", resource)];
            world.call(&world.root, "SimulatePrincipalPolicy", &[&base, more].concat()).expect_done()
        };
        let key = world.key_of(&world.root, "alice");
        let own_name = ("UserName", "alice");
        let cases = [
            ("ListAccessKeys", &*arn, vec![own_name], "allowed", "user_alice_p"),
            ("DeleteAccessKey", &*arn, vec![own_name, ("AccessKeyId", &*key.id)], "explicitDeny", "group_g_p"),
            ("ListUsers", "*", vec![], "allowed", "managed"),
            ("GetAccountSummary", "*", vec![], "allowed", "user_alice_p"),
            ("ListGroups", "*", vec![], "implicitDeny", ""),
        ];
        for (action, resource, params, decision, source) in cases {
            let answer = simulated(action, resource, &[]);
            assert_eq!(decisions(&answer), [decision], "{action}");
            assert!(answer.body().contains(&format!("<SourcePolicyId>{source}</SourcePolicyId>")) != source.is_empty());
            let allowed = world.call(&alice, action, &params).reply.status == 200;
            assert_eq!(allowed, decision == "allowed", "{action}");
        }
        // As somebody else with the same policies.
        let bob = format!("arn:aws:iam::{}:user/bob", world.account);
        assert_eq!(decisions(&simulated("ListAccessKeys", &bob, &[("CallerArn", &bob)])), ["allowed"]);
        assert_eq!(decisions(&simulated("ListAccessKeys", &arn, &[("CallerArn", &bob)])), ["implicitDeny"]);
        // With others, and without some.
        let more = allowing(&["iam:ListGroups"]);
        assert_eq!(decisions(&simulated("ListGroups", "*", &[("PolicyInputList.member.1", &more)])), ["allowed"]);
        let without = [
            ("PolicyExclusionList.member.1.PolicyType", "inline"),
            ("PolicyExclusionList.member.1.InlinePolicyIdentifier.PolicyName", "p"),
            ("PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentType", "group"),
            ("PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentName", "g"),
        ];
        assert_eq!(decisions(&simulated("DeleteAccessKey", &arn, &without)), ["allowed"]);
        let without = [
            ("PolicyExclusionList.member.1.PolicyType", "user-managed"),
            ("PolicyExclusionList.member.1.PolicyArn", &*managed),
        ];
        assert_eq!(decisions(&simulated("ListUsers", "*", &without)), ["implicitDeny"]);
        let bound = [("UserName", "alice"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/IAMReadOnlyAccess")];
        world.call(&world.root, "PutUserPermissionsBoundary", &bound).expect_done();
        let bounded = simulated("CreateAccessKey", &arn, &[]);
        assert_eq!(decisions(&bounded), ["implicitDeny"]);
        assert!(bounded.body().contains("<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"));

        let source = ("PolicySourceArn", &*arn);
        let keys = world.call(&world.root, "GetContextKeysForPrincipalPolicy", &[source]).expect_done();
        assert_eq!(keys.texts("ContextKeyNames"), ["aws:username", "aws:PrincipalTag/team"]);
        let services = [
            ("Arn", &*arn),
            ("ServiceNamespaces.member.1", "iam"),
            ("ServiceNamespaces.member.2", "s3"),
        ];
        let granting = world.call(&world.root, "ListPoliciesGrantingServiceAccess", &services).expect_done();
        assert_eq!(granting.list("PoliciesGrantingServiceAccess", "ServiceNamespace"), ["iam", "s3"]);
        for part in [
            "<PolicyName>p</PolicyName><PolicyType>INLINE</PolicyType><EntityType>USER</EntityType><EntityName>alice</EntityName>",
            "<PolicyName>managed</PolicyName><PolicyType>MANAGED</PolicyType><PolicyArn>",
            "<ServiceNamespace>s3</ServiceNamespace><Policies></Policies>",
        ] {
            assert!(granting.body().contains(part), "{part} in {}", granting.body());
        }
        assert!(!granting.body().contains("GROUP"), "a policy that denies grants nothing");
    }

    fn what_cannot_be_simulated_is_refused(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.role(&world.root, "r");
        let any = allowing(&["*"]);
        let (given, action) = (("PolicyInputList.member.1", &*any), ("ActionNames.member.1", "iam:GetUser"));
        let entry = |value| {
            [
                ("ContextEntries.member.1.ContextKeyName", "aws:MultiFactorAuthAge"),
                ("ContextEntries.member.1.ContextKeyType", "numeric"),
                ("ContextEntries.member.1.ContextKeyValues.member.1", value),
            ]
        };
        let boundary = "PermissionsBoundaryPolicyInputList.member.1";
        let of_organization = "OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1";
        let refused = [
            vec![given, ("ActionNames.member.1", "iam:*")],
            vec![given, ("ActionNames.member.1", "GetUser")],
            vec![("PolicyInputList.member.1", "{}"), action],
            vec![given, action, ("ResourceArns.member.1", "bucket")],
            vec![given, action, ("CallerArn", "arn:aws:sts::123456789012:assumed-role/r/s")],
            vec![given, action, ("ResourcePolicy", &*any)],
            [&[given, action][..], &entry("soon")].concat(),
            [&[given, action][..], &entry("1")[..2]].concat(),
            vec![given, action, (boundary, &*any), ("PermissionsBoundaryPolicyInputList.member.2", &*any)],
            vec![given, action, (of_organization, &*any)],
        ];
        for params in refused {
            simulate(&world, &world.root, &params).expect_code(400, "InvalidInput");
        }
        let malformed = simulate(&world, &world.root, &[("PolicyInputList.member.1", "{}"), action]);
        assert_eq!(malformed.message, "PolicyInputList.1: Syntax errors in policy.");
        let account = world.account;
        let of = |arn: &str| world.call(&world.root, "SimulatePrincipalPolicy", &[("PolicySourceArn", arn), action]);
        for arn in [format!("arn:aws:iam::{account}:root"), format!("arn:aws:sts::{account}:assumed-role/r/s")] {
            let refusal = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
            of(&arn).expect_refused(400, "InvalidInput", &refusal);
        }
        // A right name in a wrong path is somebody else.
        for arn in ["user/x/alice", "user/bob", "group/g", "role/s"] {
            of(&format!("arn:aws:iam::{account}:{arn}")).expect_code(404, "NoSuchEntity");
        }
        of("arn:aws:iam::999999999999:user/alice").expect_code(404, "NoSuchEntity");
        of(&format!("arn:aws:iam::{account}:role/r")).expect_done();
    }

    fn who_may_simulate_is_not_shown_others(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.user("bob");
        let tag = [("UserName", "bob"), ("Tags.member.1.Key", "grade"), ("Tags.member.1.Value", "secret")];
        world.call(&world.root, "TagUser", &tag).expect_done();
        let own = policy("Allow", &json!("iam:Simulate*"), &format!("arn:aws:iam::{}:user/alice", world.account));
        world.grant_user(&world.root, "alice", &own);
        let [source, bob] = ["alice", "bob"].map(|name| format!("arn:aws:iam::{}:user/{name}", world.account));
        let action = ("ActionNames.member.1", "s3:GetObject");
        let of = |arn| [("PolicySourceArn", arn), action];
        world.call(&alice, "SimulatePrincipalPolicy", &of(&bob)).expect_code(403, "AccessDenied");
        let curious = json!({
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/grade": "secret"}}},
        })
        .to_string();
        let params = [&of(&source)[..], &[("CallerArn", &*bob), ("PolicyInputList.member.1", &*curious)]].concat();
        let answer = world.call(&alice, "SimulatePrincipalPolicy", &params).expect_done();
        assert_eq!(decisions(&answer), ["implicitDeny"]);
    }
}
