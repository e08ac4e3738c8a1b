//! ListAuditEvents, VerifyAuditTrail: the trail as its account reads it, and what is found when somebody has
//! been at it.

use std::time::Duration;

use keystead_store::both;
use keystead_store::testing::{TestStore, sql};
use serde_json::{Value, json};

use crate::world::{Key, World};

const EVENTS: &str = "/api/v1/audit-events";
const VERIFICATION: &str = "/api/v1/audit-trail/verification";

fn list(world: &World, key: &Key, input: &Value) -> Value {
    world.rest(key, "GET", EVENTS, Some(input)).expect_done().json()
}

/// Name and error code of the events that pass a filter, oldest first.
fn names(world: &World, mut input: Value) -> Vec<String> {
    input["order"] = json!("oldest");
    let page = list(world, &world.root, &input);
    let name = |shown: &Value| {
        let (event, code) = (&shown["event"], shown["event"]["errorCode"].as_str().unwrap_or_default());
        format!("{} {code}", event["eventName"].as_str().unwrap()).trim_end().to_owned()
    };
    page["events"].as_array().unwrap().iter().map(name).collect()
}

fn verify(world: &World, input: &Value) -> Value {
    world.rest(&world.root, "GET", VERIFICATION, Some(input)).expect_done().json()
}

/// Writes and chains everything there is to write.
fn settle(world: &World) {
    world.gate.flush_audit(true).expect("the events are written");
    chain(world);
}

/// Chains what is written; reads, these tests' own among them, wait to be.
fn chain(world: &World) {
    world.gate.seal_audit().expect("the events are chained");
}

fn tamper(world: &World, statement: &str) {
    let statement = statement.to_owned();
    world.store.run(move |tx| sql(tx).batch(&statement));
}

/// An installation whose trail has eight links in the account of `root`.
fn eight_links(store: TestStore) -> World {
    let world = World::new(store);
    for number in 0..7 {
        world.call(&world.root, "CreateUser", &[("UserName", &format!("u{number}"))]).expect_done();
        settle(&world);
    }
    world
}

fn event_id(world: &World, link: usize) -> String {
    let page = list(world, &world.root, &json!({"order": "chained"}));
    page["events"][link - 1]["event"]["eventID"].as_str().unwrap().to_owned()
}

both! {
    fn events_are_found_by_who_what_when_and_how_it_ended(store: TestStore) {
        let world = World::new(store);
        let begin = world.now().to_iso8601();
        let alice = world.administrator("alice");
        let nobody = world.user("nobody");
        world.store.clock.advance(Duration::from_mins(1));
        let later = world.now().to_iso8601();
        world.call(&alice, "CreateUser", &[("UserName", "made-by-alice")]).expect_done();
        world.store.clock.advance(Duration::from_secs(1));
        world.call(&nobody, "ListUsers", &[]).expect_code(403, "AccessDenied");
        world.store.clock.advance(Duration::from_secs(1));
        world.call(&alice, "GetUser", &[("UserName", "nobody")]).expect_done();
        world.store.clock.advance(Duration::from_mins(1));
        settle(&world);
        let by_alice = ["CreateUser", "GetUser"];
        assert_eq!(names(&world, json!({"principal": "Alice"})), by_alice);
        let arn = format!("arn:aws:iam::{}:user/alice", world.account);
        assert_eq!(names(&world, json!({"principal": arn})), by_alice);
        assert_eq!(names(&world, json!({"access_key_id": alice.id})), by_alice);
        assert_eq!(names(&world, json!({"principal": "alice", "read_only": "false"})), ["CreateUser"]);
        assert_eq!(names(&world, json!({"principal": "nobody", "read_only": "true"})), ["ListUsers AccessDenied"]);
        assert_eq!(names(&world, json!({"error_code": "AccessDenied"})), ["ListUsers AccessDenied"]);
        assert_eq!(names(&world, json!({"event_name": "AttachUserPolicy"})), ["AttachUserPolicy"]);
        let after = ["CreateUser", "ListUsers AccessDenied", "GetUser"];
        assert_eq!(names(&world, json!({"from": later, "root": "false"})), after, "by the time it happened");
        let before = ["CreateAccount", "CreateUser", "CreateAccessKey", "AttachUserPolicy"];
        assert_eq!(names(&world, json!({"from": begin, "to": later}))[..1], before[..1]);
        let mut by_root = names(&world, json!({"to": later, "root": "true"}));
        by_root.sort();
        assert_eq!(by_root, ["AttachUserPolicy", "CreateAccessKey", "CreateAccessKey", "CreateUser", "CreateUser"]);
        assert_eq!(names(&world, json!({"event_name": "DeleteUser"})), Vec::<String>::new());
    }

    fn pages_follow_one_another_in_every_order(store: TestStore) {
        let world = eight_links(store);
        let walk = |order: &str| -> Vec<i64> {
            let (mut links, mut input) = (Vec::new(), json!({"order": order, "limit": "3"}));
            loop {
                let page = list(&world, &world.root, &input);
                assert_eq!(page["head"], 8);
                let shown = page["events"].as_array().unwrap();
                assert!(shown.len() <= 3);
                links.extend(shown.iter().map(|shown| shown["link"].as_i64().unwrap()));
                let Some(next) = page["next"].as_str() else { return links };
                input["after"] = json!(next);
            }
        };
        assert_eq!(walk("chained"), [1, 2, 3, 4, 5, 6, 7, 8]);
        let (oldest, mut newest) = (walk("oldest"), walk("newest"));
        newest.reverse();
        assert_eq!(oldest, newest);
        let mut sorted = oldest;
        sorted.sort_unstable();
        assert_eq!(sorted, walk("chained"));
    }

    fn a_long_search_says_where_to_go_on(store: TestStore) {
        let world = World::new(store);
        let (account, now) = (world.account, world.now());
        // More than one call looks at; only the last is of the name that is searched for.
        world.store.run(move |tx| {
            (0..10_001).try_for_each(|number| {
                let name = if number == 10_000 { "Wanted" } else { "Other" };
                let details = json!({});
                let at = now.plus(Duration::from_secs(number));
                keystead_gate::audit::insert_own_event(tx, account, &format!("e{number}"), at, name, &details)
            })
        });
        let input = json!({"order": "oldest", "event_name": "Wanted", "from": now.to_iso8601()});
        let first = list(&world, &world.root, &input);
        assert_eq!(first["events"], json!([]));
        let mut input = input;
        input["after"] = first["next"].clone();
        let second = list(&world, &world.root, &input);
        assert_eq!((second["events"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    }

    fn an_outsider_can_make_the_chain_anew_from_the_events(store: TestStore) {
        let world = eight_links(store);
        let page = world.rest(&world.root, "GET", EVENTS, Some(&json!({"order": "chained"}))).expect_done();
        // The event's own bytes, cut out of the reply as any JSON reader that keeps them would.
        let mut rest = page.body();
        let mut hash = Vec::new();
        while let Some(at) = rest.find("\"event\":") {
            rest = &rest[at + 8..];
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            stream.next().unwrap().unwrap();
            let event = &rest[..stream.byte_offset()];
            let previous = keystead_store::audit::AuditLink { number: 0, event_id: String::new(), hash };
            hash = keystead_store::audit::link_hash(Some(&previous), event);
        }
        let last = page.json()["events"][7]["hash"].as_str().unwrap().to_owned();
        assert_eq!(hex::encode(&hash), last);
        assert_eq!(verify(&world, &json!({}))["head"], format!("8:{last}"));
    }

    fn a_whole_trail_is_whole(store: TestStore) {
        let world = eight_links(store);
        world.call(&world.root, "CreateUser", &[("UserName", "late")]).expect_done();
        let found = verify(&world, &json!({}));
        assert_eq!((&found["state"], &found["links_checked"], &found["unchained"]), (&json!("whole"), &json!(8), &json!(1)));
        assert_eq!((&found["broken_link"], &found["next"]), (&Value::Null, &Value::Null));
        chain(&world);
        let noted = found["head"].clone();
        let again = verify(&world, &json!({"head": noted, "after": noted}));
        assert_eq!((&again["state"], &again["links_checked"]), (&json!("whole"), &json!(9)));
        assert_eq!(verify(&world, &json!({"head": noted}))["state"], "whole");
    }

    fn tampering_is_found_where_it_was_done(store: TestStore) {
        let world = eight_links(store);
        let (second, third) = (event_id(&world, 2), event_id(&world, 3));
        let account = world.account;
        let cases = [
            (format!("update audit_events set event = '{{}}' where event_id = '{third}'"), 3, "changed"),
            (format!("delete from audit_events where event_id = '{third}'"), 3, "event was removed"),
            (format!("update audit_events set account_id = '000000000000' where event_id = '{third}'"), 3, "event was removed"),
            (format!("delete from audit_chain where account_id = '{account}' and number = 3"), 3, "link was removed"),
            (
                format!("update audit_chain set event_id = 'x' where event_id = '{third}';
                         update audit_chain set event_id = '{third}' where event_id = '{second}';
                         update audit_chain set event_id = '{second}' where event_id = 'x'"),
                2,
                "its place was changed",
            ),
            (format!("delete from audit_chain where account_id = '{account}' and number > 6"), 7, "cut off"),
        ];
        for (statement, link, reason) in cases {
            tamper(&world, "create table kept_events as select * from audit_events;
                            create table kept_chain as select * from audit_chain");
            tamper(&world, &statement);
            let found = verify(&world, &json!({}));
            assert_eq!((&found["state"], &found["broken_link"]), (&json!("broken"), &json!(link)), "{statement}");
            assert!(found["reason"].as_str().unwrap().contains(reason), "{statement}: {}", found["reason"]);
            tamper(&world, "delete from audit_events; delete from audit_chain;
                            insert into audit_events select * from kept_events;
                            insert into audit_chain select * from kept_chain;
                            drop table kept_events; drop table kept_chain");
            assert_eq!(verify(&world, &json!({}))["state"], "whole");
        }
    }

    fn a_trail_put_back_or_written_anew_is_found_by_a_noted_head(store: TestStore) {
        let world = eight_links(store);
        let noted = verify(&world, &json!({}))["head"].clone();
        let last = event_id(&world, 8);
        tamper(&world, &format!("delete from audit_chain where event_id = '{last}'; delete from audit_events where event_id = '{last}'"));
        // Links and events gone together are what the chain itself cannot tell.
        assert_eq!(verify(&world, &json!({}))["state"], "whole");
        let found = verify(&world, &json!({"head": noted}));
        assert_eq!((&found["state"], &found["broken_link"]), (&json!("broken"), &json!(8)));
        assert!(found["reason"].as_str().unwrap().contains("before the noted link 8"));
        world.call(&world.root, "CreateUser", &[("UserName", "another")]).expect_done();
        chain(&world);
        for links in [8, 9] {
            assert_eq!(verify(&world, &json!({}))["links_checked"], links);
            let found = verify(&world, &json!({"head": noted}));
            assert_eq!((&found["state"], &found["broken_link"]), (&json!("broken"), &json!(8)));
            assert!(found["reason"].as_str().unwrap().contains("written anew"));
            world.call(&world.root, "CreateUser", &[("UserName", &format!("behind-{links}"))]).expect_done();
            chain(&world);
        }
    }

    fn the_trail_of_another_account_is_not_shown(store: TestStore) {
        let world = eight_links(store);
        let other = world.second_account("second");
        world.call(&other, "CreateUser", &[("UserName", "theirs")]).expect_done();
        settle(&world);
        for order in ["newest", "oldest", "chained"] {
            let page = list(&world, &other, &json!({"order": order}));
            assert_eq!(page["events"].as_array().unwrap().len(), 2, "CreateAccount and CreateUser");
            assert_eq!(page["head"], 2);
            assert!(!page.to_string().contains(&world.account.to_string()));
        }
        let found = world.rest(&other, "GET", VERIFICATION, None).expect_done().json();
        assert_eq!((&found["state"], &found["links_checked"]), (&json!("whole"), &json!(2)));
    }
}

#[test]
fn a_filter_that_makes_no_sense_is_refused_by_its_name() {
    let world = World::new(TestStore::sqlite());
    for (member, value) in [
        ("from", "yesterday"),
        ("to", "2026"),
        ("root", "yes"),
        ("read_only", "1"),
        ("order", "random"),
        ("limit", "0"),
        ("limit", "1001"),
        ("after", "nowhere"),
    ] {
        let refused = world.rest(&world.root, "GET", EVENTS, Some(&json!({ member: value })));
        refused.expect_code(400, "ValidationError");
        assert!(refused.message.contains(&format!("`{member}`")), "{}", refused.message);
    }
    for (member, value) in [("head", "8"), ("head", "0:00"), ("after", "8:xyz")] {
        let refused = world.rest(&world.root, "GET", VERIFICATION, Some(&json!({ member: value })));
        refused.expect_refused(
            400,
            "ValidationError",
            &format!("`{member}` must be a link's number, a colon and its hash."),
        );
    }
}
