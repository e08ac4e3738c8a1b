//! Sessions that end early: every way to end one is in force with the very next request.

use std::time::Duration;

use keystead_core::Arn;
use keystead_store::{Touched, both};
use serde_json::{Value, json};

use crate::sessions::{allowing, session_in, trusting};
use crate::verify::{new_verifier, sign_for, verify};
use crate::world::{ADMINISTRATOR, Key, World};

const SECOND: Duration = Duration::from_secs(1);

/// An administrator with sessions of every descent.
struct Scene {
    world: World,
    alice: Key,
    /// A role of the account, and one of another account.
    roles: [Arn; 2],
}

impl Scene {
    fn new(world: World) -> Self {
        let alice = world.administrator("alice");
        let other = world.second_account("second");
        let near = world.role(&world.root, "near");
        let trust = trusting(&json!({"AWS": world.account.to_string()}), &json!({}));
        let far = world.role_trusting(&other, "far", &trust);
        world.grant_role(&world.root, "near", &allowing(&["*"]));
        Self { world, alice, roles: [near, far] }
    }

    /// A session of the user's own, one of a role, and one of a role of another account that it took on.
    fn sessions(&self) -> [Key; 3] {
        let Self { world, alice, roles: [near, far] } = self;
        let own = session_in(&world.call(alice, "GetSessionToken", &[]).expect_done());
        let near = session_in(&world.assume(alice, near, &[]).expect_done());
        let far = session_in(&world.assume(&near, far, &[]).expect_done());
        [own, near, far]
    }

    /// Which of these are accepted.
    fn alive<const N: usize>(&self, sessions: &[Key; N]) -> [bool; N] {
        sessions.each_ref().map(|session| {
            let answer = self.world.call(session, "GetCallerIdentity", &[]);
            if answer.reply.status != 200 {
                answer.expect_code(403, "InvalidClientTokenId");
            }
            answer.reply.status == 200
        })
    }

    fn revoke(&self, whose: &Value) {
        self.world.rest(&self.world.root, "POST", "/api/v1/sessions/revoke", Some(whose)).expect_done();
    }
}

both! {
    fn sessions_end_with_what_they_go_back_to(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let second_key = scene.world.key_of(&scene.world.root, "alice");
        for (whose, left) in [
            (json!({"access_key_id": scene.alice.id}), [false, false, false]),
            (json!({"access_key_id": second_key.id}), [true, true, true]),
            (json!({"user_name": "alice"}), [false, false, false]),
            (json!({"role_name": "near"}), [true, false, false]),
        ] {
            let sessions = scene.sessions();
            assert_eq!(scene.alive(&sessions), [true, true, true]);
            scene.revoke(&whose);
            assert_eq!(scene.alive(&sessions), left, "{whose}");
            // Those made later are not meant, and the key itself is not either.
            scene.world.store.clock.advance(SECOND);
            scene.world.call(&scene.alice, "ListUsers", &[]).expect_done();
            assert_eq!(scene.alive(&scene.sessions()), [true, true, true], "{whose}");
        }
        let sessions = scene.sessions();
        scene.revoke(&json!({"access_key_id": sessions[1].id}));
        assert_eq!(scene.alive(&sessions), [true, false, false]);
    }

    fn a_revocation_outlives_a_restart_and_holds_for_verifiers(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let (_, token) = new_verifier(&scene.world, &scene.world.root, "queue", false);
        let [own, near, _] = scene.sessions();
        let asks = |scene: &Scene, key: &Key| {
            verify(&scene.world, &token, &sign_for(&scene.world, key, "sqs", "sqs.test"), None).is_ok()
        };
        assert!(asks(&scene, &own) && asks(&scene, &near));
        scene.revoke(&json!({"user_name": "alice"}));
        assert!(!asks(&scene, &own) && !asks(&scene, &near));
        let Scene { world, alice, roles } = scene;
        let scene = Scene { world: world.reopened(), alice, roles };
        assert_eq!(scene.alive(&[own, near]), [false, false]);
    }

    fn only_those_made_before_a_time_may_be_meant(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let older = scene.sessions();
        scene.world.store.clock.advance(10 * SECOND);
        let newer = scene.sessions();
        let between = scene.world.now().minus(5 * SECOND).to_iso8601();
        scene.revoke(&json!({"role_name": "near", "before": between}));
        assert_eq!(scene.alive(&older), [true, false, false]);
        assert_eq!(scene.alive(&newer), [true, true, true]);
        // An earlier time takes nothing back.
        let earlier = scene.world.now().minus(60 * SECOND).to_iso8601();
        scene.revoke(&json!({"role_name": "near", "before": earlier}));
        assert_eq!(scene.alive(&older), [true, false, false]);
        let later = scene.world.now().plus(SECOND).to_iso8601();
        for (whose, code) in [
            (json!({"role_name": "near", "before": later}), "ValidationError"),
            (json!({"role_name": "near", "before": "yesterday"}), "ValidationError"),
            (json!({"role_name": "near", "user_name": "alice"}), "ValidationError"),
            (json!({}), "ValidationError"),
            (json!({"role_name": "far"}), "NoSuchEntity"),
            (json!({"user_name": "nobody"}), "NoSuchEntity"),
            (json!({"access_key_id": "AKIAIOSFODNN7EXAMPLE"}), "NoSuchEntity"),
        ] {
            let answer =
                scene.world.rest(&scene.world.root, "POST", "/api/v1/sessions/revoke", Some(&whose));
            assert_eq!(answer.code, code, "{whose}");
        }
    }

    // Keystone, CVE-2012-5571: credentials kept a role that was taken away.
    fn what_is_taken_from_a_principal_is_taken_from_its_sessions(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let world = &scene.world;
        let [_, near, _] = scene.sessions();
        let policy = [("UserName", "alice"), ("PolicyArn", ADMINISTRATOR)];
        let lent = [("Name", "lent"), ("PolicyArns.member.1.arn", ADMINISTRATOR)];
        let lent = session_in(&world.call(&scene.alice, "GetFederationToken", &lent).expect_done());
        world.rest(&lent, "GET", "/api/v1/verifiers", None).expect_done();
        world.call(&world.root, "DetachUserPolicy", &policy).expect_done();
        world.rest(&lent, "GET", "/api/v1/verifiers", None).expect_code(403, "AccessDenied");
        world.call(&near, "ListUsers", &[]).expect_done();
        world.grant_role(&world.root, "near", &allowing(&["iam:GetUser"]));
        world.call(&near, "ListUsers", &[]).expect_code(403, "AccessDenied");
        let role = world.gate.ring().find_role(world.account, "near").unwrap().id.to_string();
        let account = world.account;
        world.store.run(move |tx| {
            tx.roles().delete(account, &role)?;
            tx.touch(Touched::Principal { account, id: role.clone() });
            Ok(())
        });
        assert_eq!(scene.alive(&[near]), [false]);
        world.call(&world.root, "DeleteAccessKey", &[("UserName", "alice"), ("AccessKeyId", &scene.alice.id)])
            .expect_done();
        // AWS keeps the sessions of a key that is gone; those of a user that is gone end.
        assert_eq!(scene.alive(std::array::from_ref(&lent)), [true]);
        world.call(&world.root, "DeleteUser", &[("UserName", "alice")]).expect_done();
        assert_eq!(scene.alive(&[lent]), [false]);
    }

    // The policy that AWS's console gives a role whose sessions are to be revoked.
    fn older_sessions_are_revoked_in_the_way_of_aws(store: TestStore) {
        let scene = Scene::new(World::new(store));
        let world = &scene.world;
        let [_, older, _] = scene.sessions();
        world.store.clock.advance(2 * SECOND);
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
             "Condition": {"DateLessThan": {"aws:TokenIssueTime": world.now().to_iso8601()}}}]});
        world.call(&older, "ListUsers", &[]).expect_done();
        world.grant_role(&world.root, "near", &policy.to_string());
        let denied = world.call(&older, "ListUsers", &[]);
        assert!(denied.message.ends_with("with an explicit deny in an identity-based policy"), "{}", denied.message);
        world.store.clock.advance(SECOND);
        let [_, newer, _] = scene.sessions();
        world.call(&newer, "ListUsers", &[]).expect_done();
    }
}
