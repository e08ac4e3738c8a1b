//! Service last accessed: who was seen where, for roles and for reports.

use std::time::Duration;

use keystead_store::both;

use crate::sessions::{allowing, session_in};
use crate::verify::{new_verifier, sign_for, verify};
use crate::world::{ADMINISTRATOR, Key, REGION, World};

fn report(world: &World, arn: &str, granularity: &str) -> String {
    let params = [("Arn", arn), ("Granularity", granularity)];
    world.call(&world.root, "GenerateServiceLastAccessedDetails", &params).expect_done().text("JobId")
}

/// The services of a report with when each was last used.
fn services(world: &World, job: &str) -> Vec<(String, String)> {
    let answer = world.call(&world.root, "GetServiceLastAccessedDetails", &[("JobId", job)]).expect_done();
    assert_eq!(answer.text("JobStatus"), "COMPLETED");
    let names = answer.list("ServicesLastAccessed", "ServiceNamespace");
    names.into_iter().zip(answer.list("ServicesLastAccessed", "LastAuthenticated")).collect()
}

fn role_last_used(world: &World) -> (Option<String>, Option<String>) {
    let role = world.call(&world.root, "GetRole", &[("RoleName", "worker")]).expect_done();
    (role.find("Role/RoleLastUsed/LastUsedDate"), role.find("Role/RoleLastUsed/Region"))
}

/// A user, and a session of a role that it took on.
fn scene(world: &World) -> (Key, Key) {
    let alice = world.administrator("alice");
    let role = world.role(&world.root, "worker");
    world.grant_role(&world.root, "worker", &allowing(&["iam:ListUsers", "sqs:*"]));
    let session = session_in(&world.assume(&alice, &role, &[]).expect_done());
    (alice, session)
}

both! {
    fn a_role_shows_when_it_was_last_used(store: TestStore) {
        let world = World::new(store);
        let (_, session) = scene(&world);
        assert_eq!(role_last_used(&world), (None, None));
        let first = world.now().whole_second().to_iso8601();
        world.call(&session, "ListUsers", &[]).expect_done();
        assert_eq!(role_last_used(&world), (Some(first.clone()), Some(REGION.to_owned())));
        // One use in a quarter of an hour is enough to know that a role is needed.
        world.store.clock.advance(Duration::from_mins(14));
        world.call(&session, "ListUsers", &[]).expect_done();
        assert_eq!(role_last_used(&world).0, Some(first));
        world.store.clock.advance(Duration::from_mins(2));
        let second = world.now().whole_second().to_iso8601();
        world.call(&session, "ListUsers", &[]).expect_done();
        world.gate.flush_uses(true).expect("the uses are written");
        let world = world.reopened();
        assert_eq!(role_last_used(&world).0, Some(second));
    }

    fn a_report_tells_which_services_are_used(store: TestStore) {
        let world = World::new(store);
        let (alice, session) = scene(&world);
        let (_, token) = new_verifier(&world, &world.root, "queue", false);
        let role = format!("arn:aws:iam::{}:role/worker", world.account);
        let job = report(&world, &role, "ACTION_LEVEL");
        let never = |name: &str| (name.to_owned(), String::new());
        assert_eq!(services(&world, &job), [never("iam"), never("sqs")]);
        let now = world.now().whole_second().to_iso8601();
        let used = |name: &str| (name.to_owned(), now.clone());
        verify(&world, &token, &sign_for(&world, &session, "sqs", "sqs.test"), None).unwrap();
        assert_eq!(services(&world, &job), [never("iam"), used("sqs")]);
        world.call(&session, "ListUsers", &[]).expect_done();
        world.call(&session, "GetAccountSummary", &[]).expect_code(403, "AccessDenied");
        let answer =
            world.call(&world.root, "GetServiceLastAccessedDetails", &[("JobId", &job)]).expect_done();
        assert_eq!(answer.text("JobType"), "ACTION_LEVEL");
        let result = answer.result();
        let iam = &result.child("ServicesLastAccessed").unwrap().children[0];
        assert_eq!(iam.text_at(&["LastAuthenticatedEntity"]), Some(&*role));
        assert_eq!(iam.text_at(&["LastAuthenticatedRegion"]), Some(REGION));
        assert_eq!(iam.text_at(&["TotalAuthenticatedEntities"]), Some("1"));
        let actions = &iam.child("TrackedActionsLastAccessed").unwrap().children;
        let names: Vec<_> = actions.iter().map(|action| action.text_at(&["ActionName"])).collect();
        assert_eq!(names, [Some("ListUsers")], "what was denied was not done");
        // The same of a policy and of a group, by whoever has it.
        world.call(&world.root, "CreateGroup", &[("GroupName", "team")]).expect_done();
        let member = [("GroupName", "team"), ("UserName", "alice")];
        world.call(&world.root, "AddUserToGroup", &member).expect_done();
        let policy = [("GroupName", "team"), ("PolicyArn", ADMINISTRATOR)];
        world.call(&world.root, "AttachGroupPolicy", &policy).expect_done();
        world.call(&alice, "ListUsers", &[]).expect_done();
        let user = format!("arn:aws:iam::{}:user/alice", world.account);
        for subject in [&*format!("arn:aws:iam::{}:group/team", world.account), ADMINISTRATOR, &user] {
            let job = report(&world, subject, "SERVICE_LEVEL");
            let seen = services(&world, &job);
            assert_eq!(seen, [used("iam"), never("keystead"), never("sns"), never("sqs"), used("sts")]);
            let params = [("JobId", &*job), ("ServiceNamespace", "iam")];
            let entities =
                world.call(&world.root, "GetServiceLastAccessedDetailsWithEntities", &params).expect_done();
            assert_eq!(entities.list("EntityDetailsList", "LastAuthenticated"), std::slice::from_ref(&now), "{subject}");
            let result = entities.result();
            let info = &result.child("EntityDetailsList").unwrap().children[0];
            assert_eq!(info.text_at(&["EntityInfo", "Arn"]), Some(&*user));
            assert_eq!(info.text_at(&["EntityInfo", "Type"]), Some("USER"));
        }
    }

    fn reports_are_the_accounts_own(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user("alice");
        let user = format!("arn:aws:iam::{}:user/alice", world.account);
        let job = report(&world, &user, "SERVICE_LEVEL");
        let refused = world.call(&other, "GetServiceLastAccessedDetails", &[("JobId", &job)]);
        refused.expect_refused(404, "NoSuchEntity", &format!("The job with id {job} cannot be found."));
        for (arn, code) in [
            (&*user, "NoSuchEntity"),
            ("arn:aws:iam::aws:policy/None", "NoSuchEntity"),
            ("arn:aws:sqs:eu-north-1:123456789012:queue", "InvalidInput"),
        ] {
            let answer = world.call(&other, "GenerateServiceLastAccessedDetails", &[("Arn", arn)]);
            assert_eq!(answer.code, code, "{arn}");
        }
        // After a week it is gone.
        world.store.clock.advance(Duration::from_hours(7 * 24 + 1));
        report(&world, ADMINISTRATOR, "SERVICE_LEVEL");
        world.call(&world.root, "GetServiceLastAccessedDetails", &[("JobId", &job)])
            .expect_code(404, "NoSuchEntity");
    }
}
