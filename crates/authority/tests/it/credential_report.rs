//! GenerateCredentialReport and GetCredentialReport.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_core::Timestamp;
use keystead_store::both;
use keystead_store::testing::{TestStore, sql};

use crate::world::{Key, World};

const STARTED: &str = "No report exists. Starting a new report generation task";
const NO_KEY: &str = "false,N/A,N/A,N/A,N/A";
const NO_CERTIFICATES: &str = "false,N/A,false,N/A";

/// Asks for the report until it is there, as clients do.
pub(crate) fn generate(world: &World, key: &Key) {
    while world.call(key, "GenerateCredentialReport", &[]).expect_done().text("State") != "COMPLETE" {
        thread::yield_now();
    }
}

/// The lines of the report, and when it was made.
fn report(world: &World, key: &Key) -> (Vec<String>, String) {
    let answer = world.call(key, "GetCredentialReport", &[]).expect_done();
    assert_eq!(answer.text("ReportFormat"), "text/csv");
    let text = String::from_utf8(STANDARD.decode(answer.text("Content")).unwrap()).unwrap();
    (text.lines().map(str::to_owned).collect(), answer.text("GeneratedTime"))
}

fn file(world: &World) -> PathBuf {
    world.store.folder().join("reports").join(format!("{}.csv", world.account))
}

both! {
    fn a_report_is_started_written_reused_and_expires(store: TestStore) {
        let world = World::new(store);
        let ask = |action| world.call(&world.root, action, &[]);
        ask("GetCredentialReport").expect_refused(410, "ReportNotPresent", "");
        assert!(!ask("GetCredentialReport").body().contains("Message"));
        let first = ask("GenerateCredentialReport").expect_done();
        assert_eq!((first.text("State"), first.text("Description")), ("STARTED".to_owned(), STARTED.to_owned()));
        generate(&world, &world.root);
        let complete = ask("GenerateCredentialReport").expect_done();
        assert_eq!((complete.text("State"), complete.find("Description")), ("COMPLETE".to_owned(), None));
        let made = report(&world, &world.root);
        assert_eq!(made.1, "2026-01-01T00:00:00Z");
        // What has changed since is not in it until it is four hours old.
        world.user("alice");
        world.store.clock.advance(Duration::from_secs(4 * 3600 - 1));
        generate(&world, &world.root);
        assert_eq!(report(&world, &world.root), made);
        world.store.clock.advance(Duration::from_secs(1));
        let world = world.with_new_gate();
        world.call(&world.root, "GetCredentialReport", &[]).expect_refused(410, "ReportExpired", "");
        assert_eq!(world.call(&world.root, "GenerateCredentialReport", &[]).expect_done().text("State"), "STARTED");
        generate(&world, &world.root);
        let (lines, at) = report(&world, &world.root);
        assert_eq!((lines.len(), &*at), (3, "2026-01-01T04:00:00Z"));
    }

    fn every_user_is_a_line_under_the_root_user(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user_of(&other, "theirs");
        world.store.clock.advance(Duration::from_hours(1));
        world.call(&world.root, "CreateUser", &[("UserName", "a,b"), ("Path", "/\"x\"/")]).expect_done();
        let old = world.administrator("Carol");
        world.call(&old, "GetCallerIdentity", &[]).expect_done();
        world.store.clock.advance(Duration::from_hours(1));
        let inactive = [("UserName", "Carol"), ("AccessKeyId", &*old.id), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &inactive).expect_done();
        let new = world.key_of(&world.root, "Carol");
        world.call(&new, "ListUsers", &[]).expect_done();
        // More than one page of them.
        let account = world.account;
        world.store.run(move |tx| {
            for number in 0..2100 {
                let name = format!("many-{number:04}");
                let id = format!("AIDAMANY{number:013}");
                sql(tx).execute(
                    "insert into users (account_id, user_id, user_name, user_name_folded, path, created_at)
                     values ($1, $2, $3, $3, '/', 0)",
                    &[account.to_string().into(), id.into(), name.into()],
                )?;
            }
            Ok(())
        });
        generate(&world, &world.root);
        let (lines, _) = report(&world, &world.root);
        assert_eq!(lines.len(), 2 + 2 + 2100);
        assert_eq!(lines[0].split(',').count(), 22);
        let used = |at: &str, by: &str| format!("{at},2026-01-01T02:00:00Z,eu-north-1,{by}");
        assert_eq!(
            lines[1],
            format!(
                "<root_account>,arn:aws:iam::{account}:root,2026-01-01T00:00:00Z,not_supported,no_information,\
                 not_supported,not_supported,false,true,{},{NO_KEY},{NO_CERTIFICATES}",
                used("2026-01-01T00:00:00Z", "iam")
            )
        );
        assert_eq!(
            lines[2],
            format!(
                "\"a,b\",\"arn:aws:iam::{account}:user/\"\"x\"\"/a,b\",2026-01-01T01:00:00Z,false,N/A,N/A,N/A,false,\
                 {NO_KEY},{NO_KEY},{NO_CERTIFICATES}"
            )
        );
        assert_eq!(
            lines[3],
            format!(
                "Carol,arn:aws:iam::{account}:user/Carol,2026-01-01T01:00:00Z,false,N/A,N/A,N/A,false,true,{},\
                 false,2026-01-01T01:00:00Z,2026-01-01T01:00:00Z,eu-north-1,sts,{NO_CERTIFICATES}",
                used("2026-01-01T02:00:00Z", "iam")
            )
        );
        for number in [0, 1, 999, 1000, 2099] {
            assert!(lines[4 + number].starts_with(&format!("many-{number:04},")), "{}", lines[4 + number]);
        }
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file(&world)), mode(world.store.folder().join("reports"))), (0o600, 0o700));
        let theirs = world.call(&other, "GetCredentialReport", &[]);
        theirs.expect_refused(410, "ReportNotPresent", "");
    }

    fn calls_at_once_start_one_report(store: TestStore) {
        let world = World::new(store);
        let state = || world.call(&world.root, "GenerateCredentialReport", &[]).expect_done().text("State");
        let states: Vec<String> = thread::scope(|scope| {
            let calls: Vec<_> = (0..16).map(|_| scope.spawn(state)).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert_eq!(states.iter().filter(|state| *state == "STARTED").count(), 1, "{states:?}");
    }

    fn a_report_that_fails_or_breaks_off_is_not_served(store: TestStore) {
        let world = World::new(store);
        let rename = |from: &str, to: &str| {
            let statement = format!("alter table {from} rename to {to}");
            world.store.run(move |tx| sql(tx).batch(&statement));
        };
        rename("access_keys", "access_keys_away");
        assert_eq!(world.call(&world.root, "GenerateCredentialReport", &[]).expect_done().text("State"), "STARTED");
        while world.gate.jobs().is_under_way(&format!("credential report of {}", world.account)) {
            world.call(&world.root, "GetCredentialReport", &[]);
        }
        world.call(&world.root, "GetCredentialReport", &[]).expect_refused(410, "ReportNotPresent", "");
        assert!(file(&world).with_extension("part").exists(), "it had begun");
        rename("access_keys_away", "access_keys");
        let world = world.with_new_gate();
        world.call(&world.root, "GetCredentialReport", &[]).expect_refused(410, "ReportNotPresent", "");
        generate(&world, &world.root);
        assert_eq!(report(&world, &world.root).0.len(), 2);
        assert!(!file(&world).with_extension("part").exists());
    }
}

#[test]
fn the_time_of_a_report_is_the_time_of_its_file() {
    let world = World::new(TestStore::sqlite());
    generate(&world, &world.root);
    let modified = fs::metadata(file(&world)).unwrap().modified().unwrap();
    let since_epoch = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(Timestamp::default().plus(since_epoch), world.now());
}
