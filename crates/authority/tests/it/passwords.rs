//! CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword.

use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use keystead_store::both;

use crate::answer::Answer;
use crate::dump;
use crate::guards::{events, rename};
use crate::sign_in::{is_right, user};
use crate::world::{Key, World};

pub(crate) const FIRST: &str = "First-password-1";
const SECOND: &str = "Second-password-2";
const ALICE: (&str, &str) = ("UserName", "alice");

/// Gives a user a password.
pub(crate) fn create(world: &World, name: &str, password: &str) {
    let params = [("UserName", name), ("Password", password)];
    world.call(&world.root, "CreateLoginProfile", &params).expect_done();
}

/// Has the owner of a key change its password.
pub(crate) fn change(world: &World, key: &Key, old: &str, new: &str) -> Answer {
    world.call(key, "ChangePassword", &[("OldPassword", old), ("NewPassword", new)])
}

both! {
    fn a_password_is_created_shown_updated_and_deleted(store: TestStore) {
        let world = World::new(store);
        world.user("Alice");
        let root = &world.root;
        let missing = "Login Profile for User Alice cannot be found.";
        for (action, params) in [
            ("GetLoginProfile", &[ALICE][..]),
            ("UpdateLoginProfile", &[ALICE, ("Password", FIRST)]),
            ("DeleteLoginProfile", &[ALICE]),
        ] {
            world.call(root, action, params).expect_refused(404, "NoSuchEntity", missing);
        }
        let created = [ALICE, ("Password", FIRST), ("PasswordResetRequired", "true")];
        let made = world.call(root, "CreateLoginProfile", &created).expect_done();
        world.store.clock.advance(Duration::from_hours(1));
        let shown = world.call(root, "GetLoginProfile", &[ALICE]).expect_done();
        for answer in [made, shown] {
            assert_eq!(answer.text("LoginProfile/UserName"), "Alice");
            assert_eq!(answer.text("LoginProfile/CreateDate"), "2026-01-01T00:00:00Z");
            assert_eq!(answer.text("LoginProfile/PasswordResetRequired"), "true");
        }
        let exists = "Login Profile for user Alice already exists.";
        // That there is one is said before anything about the new one.
        for password in [SECOND, "short"] {
            let again = world.call(root, "CreateLoginProfile", &[ALICE, ("Password", password)]);
            again.expect_refused(409, "EntityAlreadyExists", exists);
        }
        let reset = |answer: Answer| answer.expect_done().text("LoginProfile/PasswordResetRequired");
        world.call(root, "UpdateLoginProfile", &[ALICE, ("Password", SECOND)]).expect_done();
        assert!(is_right(&world, user(&world, "alice"), SECOND) && !is_right(&world, user(&world, "alice"), FIRST));
        assert_eq!(reset(world.call(root, "GetLoginProfile", &[ALICE])), "true", "it was not said");
        world.call(root, "UpdateLoginProfile", &[ALICE, ("PasswordResetRequired", "false")]).expect_done();
        assert_eq!(reset(world.call(root, "GetLoginProfile", &[ALICE])), "false");
        world.call(root, "UpdateLoginProfile", &[ALICE]).expect_done();
        assert!(is_right(&world, user(&world, "alice"), SECOND));
        world.call(root, "DeleteLoginProfile", &[ALICE]).expect_done();
        assert!(!is_right(&world, user(&world, "alice"), SECOND));
        world.call(root, "DeleteLoginProfile", &[ALICE]).expect_refused(404, "NoSuchEntity", missing);
        create(&world, "alice", FIRST);
        let unknown = "The user with name ghost cannot be found.";
        for action in ["CreateLoginProfile", "GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"] {
            let ghost = world.call(root, action, &[("UserName", "ghost"), ("Password", FIRST)]);
            ghost.expect_refused(404, "NoSuchEntity", unknown);
        }
    }

    fn a_name_left_out_means_the_caller(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let made = world.call(&alice, "CreateLoginProfile", &[("Password", FIRST)]).expect_done();
        assert_eq!(made.text("LoginProfile/UserName"), "alice");
        world.call(&alice, "GetLoginProfile", &[]).expect_done();
        world.call(&alice, "DeleteLoginProfile", &[]).expect_done();
        let null = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be \
                    null";
        world.call(&alice, "CreateLoginProfile", &[]).expect_refused(400, "ValidationError", null);
    }

    fn a_user_changes_its_own_password(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.administrator("alice"), world.user("bob"));
        let missing = "Login Profile for User alice cannot be found.";
        change(&world, &alice, FIRST, SECOND).expect_refused(404, "NoSuchEntity", missing);
        for name in ["alice", "bob"] {
            create(&world, name, FIRST);
        }
        world.call(&world.root, "UpdateLoginProfile", &[ALICE, ("PasswordResetRequired", "true")]).expect_done();
        let wrong = "The old password was incorrect.";
        change(&world, &alice, SECOND, SECOND).expect_refused(403, "AccessDenied", wrong);
        change(&world, &alice, FIRST, SECOND).expect_done();
        assert!(is_right(&world, user(&world, "alice"), SECOND) && is_right(&world, user(&world, "bob"), FIRST));
        let shown = world.call(&alice, "GetLoginProfile", &[]).expect_done();
        assert_eq!(shown.text("LoginProfile/PasswordResetRequired"), "false");
        let denied = change(&world, &bob, FIRST, SECOND);
        denied.expect_code(403, "AccessDenied");
        let resource = format!("on resource: arn:aws:iam::{}:user/bob because", world.account);
        assert!(denied.message.contains(&resource), "{}", denied.message);
        let root = change(&world, &world.root, FIRST, SECOND);
        root.expect_refused(400, "InvalidUserType", "Only IAM Users can change their own password.");
    }

    fn the_account_may_let_its_users_change_and_read(store: TestStore) {
        let world = World::new(store);
        let bob = world.user("bob");
        create(&world, "bob", FIRST);
        let allow = [("AllowUsersToChangePassword", "true")];
        world.call(&bob, "GetAccountPasswordPolicy", &[]).expect_code(403, "AccessDenied");
        world.call(&world.root, "UpdateAccountPasswordPolicy", &allow).expect_done();
        world.call(&bob, "GetAccountPasswordPolicy", &[]).expect_done();
        change(&world, &bob, FIRST, SECOND).expect_done();
        // It is about the own password, in this one way.
        let own = [("UserName", "bob"), ("Password", FIRST)];
        world.call(&bob, "UpdateLoginProfile", &own).expect_code(403, "AccessDenied");
        world.call(&bob, "UpdateAccountPasswordPolicy", &allow).expect_code(403, "AccessDenied");
        world.call(&world.root, "UpdateAccountPasswordPolicy", &[]).expect_done();
        change(&world, &bob, SECOND, FIRST).expect_code(403, "AccessDenied");
        world.call(&bob, "GetAccountPasswordPolicy", &[]).expect_code(403, "AccessDenied");
    }

    fn of_changes_that_meet_one_is_made(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        create(&world, "alice", FIRST);
        let passwords: Vec<String> = (0..8).map(|number| format!("Parallel-password-{number}")).collect();
        let one = |password: &String| change(&world, &alice, FIRST, password);
        let answers: Vec<Answer> = thread::scope(|scope| {
            let all: Vec<_> = passwords.iter().map(|password| scope.spawn(|| one(password))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let made: Vec<&String> =
            passwords.iter().zip(&answers).filter(|(_, answer)| answer.reply.status == 200).map(|(p, _)| p).collect();
        assert_eq!(made.len(), 1, "{:?}", answers.iter().map(|answer| &answer.code).collect::<Vec<_>>());
        for answer in answers.iter().filter(|answer| answer.reply.status != 200) {
            let met = ["EntityTemporarilyUnmodifiable", "AccessDenied", "LimitExceeded", "Throttling"];
            assert!(met.contains(&&*answer.code), "{}", answer.body());
        }
        world.store.clock.advance(Duration::from_mins(16));
        assert!(is_right(&world, user(&world, "alice"), made[0]));
    }

    fn a_change_that_was_overtaken_is_told_and_nobody_waits_behind_a_full_queue(store: TestStore) {
        const WAITING: usize = 16;
        let world = World::new(store);
        world.user("alice");
        create(&world, "alice", FIRST);
        let (told, answers) = mpsc::channel();
        let (everybody_inside, hold) = (Barrier::new(3), Mutex::new(()));
        thread::scope(|scope| {
            let held = hold.lock().unwrap();
            for _ in 0..2 {
                scope.spawn(|| {
                    world.gate.hashing().pass(|| {
                        everybody_inside.wait();
                        drop(hold.lock());
                    })
                });
            }
            everybody_inside.wait();
            for number in 0..=WAITING {
                let (world, told) = (&world, told.clone());
                scope.spawn(move || {
                    let password = format!("Overtaking-password-{number}");
                    let params = [ALICE, ("Password", &*password)];
                    told.send(world.call(&world.root, "UpdateLoginProfile", &params)).expect("it is awaited");
                });
            }
            // The one that is sent away is so because all others have looked and wait.
            let sent_away = answers.recv().unwrap();
            sent_away.expect_refused(400, "Throttling", "Rate exceeded");
            drop(held);
            let rest: Vec<Answer> = answers.iter().take(WAITING).collect();
            let (made, refused): (Vec<_>, Vec<_>) = rest.iter().partition(|answer| answer.reply.status == 200);
            assert_eq!(made.len(), 1);
            let overtaken =
                "Login Profile for User alice was changed at the same time. Look at it before you try again.";
            for answer in refused {
                answer.expect_refused(409, "EntityTemporarilyUnmodifiable", overtaken);
            }
        });
    }

    fn a_change_is_audited_without_its_passwords_or_not_made(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        create(&world, "alice", FIRST);
        let state = world.state();
        rename(&world.store, "audit_events", "audit_events_away");
        let unaudited = change(&world, &alice, FIRST, SECOND);
        assert!(unaudited.reply.status >= 500, "{}", unaudited.body());
        rename(&world.store, "audit_events_away", "audit_events");
        assert_eq!(world.state(), state);
        let sent = world.sign_call(&alice, "ChangePassword", &[("OldPassword", FIRST), ("NewPassword", SECOND)]);
        world.send(&sent).expect_done();
        // The same request again is answered from what was kept, or is one more attempt; it changes nothing.
        let changed = world.state();
        world.send(&sent);
        assert_eq!(world.state(), changed);
        let written = events(&world);
        let event = written.iter().find(|event| event["eventName"] == "ChangePassword").expect("it is audited");
        assert_eq!(event["userIdentity"]["userName"], "alice");
        assert_eq!(event["requestParameters"]["NewPassword"], "HIDDEN_DUE_TO_SECURITY_REASONS");
        world.gate.flush_audit(true).expect("the events are written");
        let everything = dump::everything(&world.store);
        for password in [FIRST, SECOND] {
            assert!(!everything.contains(password) && !everything.contains(&hex::encode(password)));
        }
        let hashed = dump::table(&world.store, "login_profiles");
        assert!(hashed.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
    }
}
