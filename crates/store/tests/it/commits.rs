//! What a commit is: together or alone, once, durable, in force.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use keystead_core::{AccountId, Clock};
use keystead_store::changes::NAMED;
use keystead_store::testing::{TestStore, sql};
use keystead_store::{Command, CommitListener, OnConstraint, Result, StoreError, Touched, Tx, both};

use crate::samples::{account, account_id, insert_accounts, key, read, sealed, user};

const THREADS: u64 = 64;

/// Runs `work` on many threads at once.
fn on_many_threads(work: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(number));
        }
    });
}

/// Waits for a moment.
fn pause() {
    let (_sender, receiver) = channel::<()>();
    let _ = receiver.recv_timeout(Duration::from_millis(10));
}

/// How many changes there are, and the newest one's number.
fn count_changes(store: &TestStore) -> (i64, i64) {
    let mut counted = (0, 0);
    read(store, |tx| {
        sql(tx).each("select count(*), max(number) from changes", &[], &mut |row| {
            counted = (row.get(0)?, row.get(1)?);
            Ok(())
        })
    });
    counted
}

/// A listener made from a closure.
struct Listener<F>(F);

impl<F: Fn(&mut Tx<'_>, &[Touched]) -> Result<()> + Send + Sync> CommitListener for Listener<F> {
    fn committed(&self, tx: &mut Tx<'_>, touched: &[Touched]) -> Result<()> {
        self.0(tx, touched)
    }
}

#[test]
fn commands_that_wait_share_a_commit() {
    let store = TestStore::sqlite();
    on_many_threads(|number| {
        for round in 0..10 {
            store.run(move |tx| tx.accounts().insert(&account(1 + number * 10 + round)));
        }
    });
    let statistics = store.statistics();
    assert_eq!(statistics.commits, THREADS * 10);
    assert!(statistics.batches * 2 < statistics.commits, "{statistics:?}");
    assert_eq!(read(&store, |tx| tx.accounts().list(None, 10_000)).len() as u64, THREADS * 10);
}

#[test]
fn a_failing_command_does_not_spoil_its_batch() {
    let store = TestStore::sqlite();
    // The first command holds the writer until all others are queued behind it.
    let (go, wait) = channel();
    thread::scope(|scope| {
        let first = scope.spawn(|| store.write(store.command(), move |_| wait.recv().map_err(|_| other())));
        let others: Vec<_> = (1..=20)
            .map(|number| {
                let store = &store;
                scope.spawn(move || {
                    store.write(store.command(), move |tx| {
                        tx.accounts().insert(&account(number))?;
                        if number % 2 == 0 { Err(other()) } else { Ok(number) }
                    })
                })
            })
            .collect();
        pause();
        go.send(()).unwrap();
        assert!(first.join().unwrap().is_ok());
        for (number, other) in (1..=20).zip(others) {
            assert_eq!(other.join().unwrap().is_ok(), number % 2 == 1, "{number}");
        }
    });
    assert!(store.statistics().batches < 11, "{:?}", store.statistics());
    let kept: Vec<u64> =
        read(&store, |tx| tx.accounts().list(None, 99)).iter().map(|a| a.id.number()).collect();
    assert_eq!(kept, (1..=20).filter(|number| number % 2 == 1).collect::<Vec<_>>());
}

fn other() -> StoreError {
    StoreError::Other("refused".to_owned())
}

both! {
    fn an_owner_never_has_more_than_two_keys_however_many_ask(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        let alice = user(one, "alice", "/");
        let owner = alice.id.clone();
        store.run(move |tx| tx.users().insert(&alice, None));
        let (made, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        on_many_threads(|number| {
            for round in 0..5 {
                let key = key(one, &owner, u128::from(number * 100 + round));
                let (id, secret, owner) = (key.id, sealed(&store, &key), owner.clone());
                let insert = store.write(store.command(), move |tx| tx.access_keys().insert(&key, &secret));
                match insert.on_constraint("access_keys_slot_unique", other) {
                    Ok(()) => made.fetch_add(1, Ordering::Relaxed),
                    Err(error) => {
                        assert_eq!(error, other());
                        refused.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                };
                let keys = read(&store, |tx| tx.access_keys().list_by_owner(one, &owner));
                assert!(keys.len() <= 2 && keys.iter().any(|key| key.id == id), "{keys:?}");
                assert!(store.run(move |tx| {
                    tx.lock_user(one, &owner)?;
                    tx.access_keys().delete(one, &owner, id)
                }));
            }
        });
        assert!(made.into_inner() > 0);
        assert!(refused.into_inner() > 0);
    }

    fn locks_are_taken_on_users_and_on_the_root_user(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            tx.lock_user(one, "AIDANOBODY")?;
            tx.lock_user(one, &one.to_string())?;
            tx.lock_account(two)
        });
    }

    fn a_command_has_one_effect_however_often_it_comes(store: TestStore) {
        let command = Command { account: Some(account_id(1)), ..store.command() };
        let insert = |number: u64| move |tx: &mut Tx<'_>| {
            tx.changes().set_reply(&format!("account {number}"))?;
            tx.accounts().insert(&account(number))
        };
        store.write(command.clone(), insert(1)).unwrap();
        let again = store.write(command.clone(), insert(2));
        assert_eq!(again, Err(StoreError::Replayed(command.id.clone())));
        read(&store, |tx| {
            assert_eq!(tx.accounts().list(None, 9)?.len(), 1);
            assert_eq!(tx.changes().find_reply(&command.id)?.and_then(|kept| kept.reply).as_deref(), Some("account 1"));
            assert_eq!(tx.changes().find_reply("unknown")?, None);
            Ok(())
        });
    }

    fn a_command_that_failed_may_come_again(store: TestStore) {
        let command = store.command();
        let fail: Result<()> = store.write(command.clone(), |tx| {
            tx.accounts().insert(&account(1))?;
            Err(other())
        });
        assert_eq!(fail, Err(other()));
        store.write(command, |tx| tx.accounts().insert(&account(1))).unwrap();
    }

    fn a_command_that_panics_is_undone_and_answered(store: TestStore) {
        let panicked: Result<()> = store.write(store.command(), |tx| {
            tx.accounts().insert(&account(1))?;
            panic!("as a test")
        });
        assert!(matches!(panicked, Err(StoreError::Other(_))), "{panicked:?}");
        store.run(|tx| tx.accounts().insert(&account(1)));
    }

    fn a_command_does_not_go_on_after_a_broken_constraint(store: TestStore) {
        insert_accounts(&store);
        let gone_on = store.write(store.command(), |tx| {
            let _ = tx.accounts().insert(&account(1));
            let _ = tx.accounts().insert(&account(3));
            Ok(())
        });
        assert!(matches!(gone_on, Err(StoreError::Constraint(_))), "{gone_on:?}");
        assert_eq!(read(&store, |tx| tx.accounts().find(account_id(3))), None);
    }

    fn the_listener_hears_before_the_caller_and_reads_what_was_committed(store: TestStore) {
        let heard = Arc::new(Mutex::new(Vec::<(AccountId, bool)>::new()));
        let log = Arc::clone(&heard);
        store.set_listener(Arc::new(Listener(move |tx: &mut Tx<'_>, touched: &[Touched]| {
            for touched in touched {
                if let Touched::Account(id) = *touched {
                    let found = tx.accounts().find(id)?.is_some();
                    log.lock().unwrap().push((id, found));
                }
            }
            Ok(())
        })));
        on_many_threads(|number| {
            let id = account_id(1 + number);
            store.run(move |tx| {
                tx.touch(Touched::Account(id));
                tx.accounts().insert(&account(id.number()))
            });
            assert!(heard.lock().unwrap().contains(&(id, true)));
        });
        let failed: Result<()> = store.write(store.command(), |tx| {
            tx.touch(Touched::Account(account_id(999)));
            Err(other())
        });
        assert!(failed.is_err());
        assert_eq!(heard.lock().unwrap().len() as u64, THREADS);
    }

    fn what_the_listener_could_not_take_in_is_told_again(store: TestStore) {
        let (broken, heard) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let (fails, log) = (Arc::clone(&broken), Arc::clone(&heard));
        store.set_listener(Arc::new(Listener(move |_: &mut Tx<'_>, touched: &[Touched]| {
            if fails.load(Ordering::SeqCst) {
                return Err(other());
            }
            log.lock().unwrap().extend(touched.to_vec());
            Ok(())
        })));
        let touch = |name: &'static str| move |tx: &mut Tx<'_>| {
            tx.touch(Touched::Verifier(name.to_owned()));
            Ok(())
        };
        let unheard: Result<()> = store.write(store.command(), touch("a"));
        assert!(matches!(unheard, Err(StoreError::Unsettled(_))), "{unheard:?}");
        broken.store(false, Ordering::SeqCst);
        store.run(touch("b"));
        let names = ["a", "b"].map(|name| Touched::Verifier(name.to_owned()));
        assert_eq!(*heard.lock().unwrap(), names);
    }

    fn a_follower_sees_every_change_once_and_in_order(store: TestStore) {
        let mut seen = Vec::new();
        thread::scope(|scope| {
            for number in 0..16_u64 {
                let store = &store;
                scope.spawn(move || {
                    for round in 0..10 {
                        let id = account_id(number * 10 + round);
                        store.run(move |tx| {
                            tx.touch(Touched::Account(id));
                            Ok(())
                        });
                    }
                });
            }
            let (mut last, mut patience) = (0, 1000);
            while seen.len() < 160 && patience > 0 {
                let changes = read(&store, |tx| tx.changes().since(last, 7));
                let Some(newest) = changes.last() else {
                    // Transactions in other databases of the server hold a follower back, too.
                    patience -= 1;
                    pause();
                    continue;
                };
                assert!(changes.iter().map(|change| change.number).is_sorted());
                assert!(changes[0].number > last);
                last = newest.number;
                seen.extend(changes.into_iter().flat_map(|change| change.touched));
            }
        });
        assert_eq!(seen.len(), 160);
        seen.sort_by_key(ToString::to_string);
        seen.dedup();
        assert_eq!(seen.len(), 160);
    }

    fn old_changes_are_forgotten_and_numbers_go_on(store: TestStore) {
        insert_accounts(&store);
        store.run(|_| Ok(()));
        let (count, newest) = count_changes(&store);
        let later = Clock::now(&*store.clock).plus(Duration::from_mins(1));
        store.clock.set(later);
        assert_eq!(store.run(move |tx| tx.changes().purge(later, later)), count as u64);
        let (count, after) = count_changes(&store);
        assert_eq!(count, 1);
        assert!(after > newest);
        let store = store.reopen();
        assert_eq!(store.run(move |tx| tx.changes().purge(later.plus(Duration::from_mins(1)), later)), 1);
        assert!(count_changes(&store).1 > after);
    }

    fn a_command_that_its_client_named_is_kept_longer(store: TestStore) {
        insert_accounts(&store);
        let named = Command { id: format!("{NAMED}1"), account: None, invocation_id: None };
        store.write(named, |tx| tx.changes().set_reply("done")).unwrap();
        store.run(|_| Ok(()));
        let made = Clock::now(&*store.clock);
        let soon = made.plus(Duration::from_mins(1));
        store.run(move |tx| tx.changes().purge(soon, made));
        let find = |tx: &mut Tx<'_>| tx.changes().find_reply("named:1");
        assert_eq!(store.read(find).unwrap().unwrap().reply.as_deref(), Some("done"));
        store.run(move |tx| tx.changes().purge(soon, soon));
        assert_eq!(store.read(find).unwrap(), None);
    }

    fn a_read_cannot_write(store: TestStore) {
        let written = store.read(|tx| tx.accounts().insert(&account(1)));
        assert!(written.is_err());
        let panicked = thread::scope(|scope| scope.spawn(|| read::<()>(&store, |_| panic!("as a test"))).join());
        assert!(panicked.is_err());
        store.run(|tx| tx.accounts().insert(&account(1)));
    }

    fn a_read_sees_one_moment(store: TestStore) {
        read(&store, |tx| {
            assert_eq!(tx.accounts().list(None, 9)?, []);
            thread::scope(|scope| scope.spawn(|| insert_accounts(&store)).join()).unwrap();
            assert_eq!(tx.accounts().list(None, 9)?, []);
            Ok(())
        });
        assert_eq!(read(&store, |tx| tx.accounts().list(None, 9)).len(), 2);
    }

    fn a_placeholder_takes_every_kind_of_value(store: TestStore) {
        read(&store, |tx| {
            let mut seen = 0;
            sql(tx).each("select marker, created_at from installation", &[], &mut |row| {
                seen += 1;
                assert_eq!(row.get::<String>(0)?, store.installation());
                assert!(row.get::<i64>(0).is_err(), "a text is no number");
                assert!(row.get::<&str>(1).is_err(), "a number is no text");
                Ok(())
            })?;
            assert_eq!(seen, 1);
            Ok(())
        });
    }
}

#[test]
fn a_follower_waits_for_transactions_that_are_still_running() {
    let store = TestStore::postgres();
    let ((go, wait), (started, running)) = (channel::<()>(), channel());
    thread::scope(|scope| {
        // Dropped where an assertion fails, so that nobody waits for ever.
        let go = go;
        let first = scope.spawn(|| {
            store.write(store.command(), move |_| {
                let _ = started.send(());
                wait.recv().map_err(|_| other())
            })
        });
        running.recv().unwrap();
        store.run(|tx| tx.accounts().insert(&account(1)));
        assert_eq!(read(&store, |tx| tx.changes().since(0, 9)), []);
        go.send(()).unwrap();
        first.join().unwrap().unwrap();
    });
    let mut patience = 1000;
    while read(&store, |tx| tx.changes().since(0, 9)).len() < 2 && patience > 0 {
        patience -= 1;
        pause();
    }
    assert!(patience > 0);
}
