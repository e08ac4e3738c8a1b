//! What the store does when the disk is full or the connection is lost.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use keystead_store::testing::{TestStore, sql};
use keystead_store::{Database, Result, Store, StoreError, Tx, both};

use crate::samples::{account, account_id, insert_accounts, read};

/// Sets how many pages the SQLite file may have; the engine raises it to those there are.
fn limit_pages(store: &TestStore, pages: u32) {
    store.run(move |tx| sql(tx).each(&format!("pragma max_page_count = {pages}"), &[], &mut |_| Ok(())));
}

#[test]
fn a_full_disk_is_told_and_gone_when_there_is_room() {
    let store = TestStore::sqlite();
    let mut fat = account(1);
    fat.name = "x".repeat(100_000);
    limit_pages(&store, 1);
    let refused = store.write(store.command(), move |tx| tx.accounts().insert(&fat));
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(read(&store, |tx| tx.accounts().list(None, 9)), []);
    limit_pages(&store, 1_000_000);
    let mut fat = account(1);
    fat.name = "x".repeat(100_000);
    store.run(move |tx| tx.accounts().insert(&fat));
}

/// Ends the connection that the transaction runs on.
fn end_own_connection(tx: &mut Tx<'_>) -> Result<()> {
    sql(tx).each("select pg_terminate_backend(pg_backend_pid())::text", &[], &mut |_| Ok(()))
}

#[test]
fn a_connection_that_ends_within_a_command_is_replaced() {
    let store = TestStore::postgres();
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    store.run(move |tx| {
        tx.accounts().insert(&account(1))?;
        if count.fetch_add(1, Ordering::SeqCst) == 0 { end_own_connection(tx) } else { Ok(()) }
    });
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(read(&store, |tx| tx.accounts().list(None, 9)).len(), 1);
}

#[test]
fn connections_that_ended_while_idle_are_replaced() {
    let store = TestStore::postgres();
    let end_all = |tx: &mut Tx<'_>| {
        let others = "select pg_terminate_backend(pid)::text from pg_stat_activity
                      where pid <> pg_backend_pid() and datname = current_database()";
        sql(tx).each(others, &[], &mut |_| Ok(()))
    };
    for _ in 0..3 {
        // Several at once, so that several are idle afterwards.
        read(&store, |_| {
            read(&store, |_| Ok(()));
            Ok(())
        });
        read(&store, end_all);
        store.run(|_| Ok(()));
        read(&store, |tx| tx.accounts().list(None, 9));
    }
}

#[test]
fn a_deadlock_is_tried_again() {
    let store = TestStore::postgres();
    let (one, two) = insert_accounts(&store);
    let meet = Arc::new(std::sync::Barrier::new(2));
    thread::scope(|scope| {
        for (first, second) in [(one, two), (two, one)] {
            let (store, meet, mut met) = (&store, Arc::clone(&meet), false);
            scope.spawn(move || {
                store.run(move |tx| {
                    tx.lock_account(first)?;
                    if !std::mem::replace(&mut met, true) {
                        meet.wait();
                    }
                    tx.lock_account(second)
                });
            });
        }
    });
}

/// A proxy before PostgreSQL that cuts the connection at the first COMMIT after it was armed.
struct Proxy {
    folder: PathBuf,
    armed: Arc<AtomicBool>,
}

/// When the proxy cuts.
#[derive(Clone, Copy)]
enum Cut {
    /// The server never sees the COMMIT.
    Before,
    /// The server has done the COMMIT, the client does not hear of it.
    After,
}

impl Proxy {
    fn start(server: PathBuf, folder: &Path, cut: Cut) -> Self {
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        let armed = Arc::new(AtomicBool::new(false));
        let arm = Arc::clone(&armed);
        thread::spawn(move || {
            for client in listener.incoming().map_while(std::result::Result::ok) {
                let (arm, server) = (Arc::clone(&arm), UnixStream::connect(&server).unwrap());
                thread::spawn(move || relay(client, server, &arm, cut));
            }
        });
        Self { folder: folder.to_owned(), armed }
    }
}

fn relay(mut client: UnixStream, mut server: UnixStream, armed: &AtomicBool, cut: Cut) {
    let (mut answers, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let muted = Arc::new(AtomicBool::new(false));
    let mute = Arc::clone(&muted);
    let back = thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = answers.read(&mut buffer) {
            if mute.load(Ordering::SeqCst) || to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(std::net::Shutdown::Both);
    });
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..length].windows(7).any(|part| part == b"commit\0");
        if is_commit && armed.swap(false, Ordering::SeqCst) {
            muted.store(true, Ordering::SeqCst);
            if matches!(cut, Cut::Before) {
                break;
            }
        }
        if server.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
    let _ = back.join();
}

/// The value, the number of runs and the accounts after a commit at which the connection was cut.
fn commit_through(cut: Cut) -> (u32, u32, usize) {
    let direct = TestStore::postgres();
    direct.close().unwrap();
    let Database::Postgres { url, folder, connections_max } = direct.options().database else {
        panic!("the store is on PostgreSQL")
    };
    let host = url.split_whitespace().find_map(|part| part.strip_prefix("host=")).unwrap().to_owned();
    let proxy = Proxy::start(Path::new(&host).join(".s.PGSQL.5432"), &folder, cut);
    let url = url.replace(&host, &proxy.folder.display().to_string());
    let mut options = direct.options();
    options.database = Database::Postgres { url, folder, connections_max };
    let store = Store::open(options, direct.clock.clone(), direct.rng.clone()).unwrap();
    store.write(direct.command(), |tx| tx.accounts().insert(&account(1))).unwrap();
    proxy.armed.store(true, Ordering::SeqCst);
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let value = store.write(direct.command(), move |tx| -> Result<u32> {
        let run = count.fetch_add(1, Ordering::SeqCst) + 1;
        tx.accounts().insert(&account(100 + u64::from(run)))?;
        Ok(run)
    });
    let accounts = store.read(|tx| tx.accounts().list(Some(account_id(1)), 9)).unwrap();
    assert!(!proxy.armed.load(Ordering::SeqCst), "the connection was cut");
    (value.unwrap(), runs.load(Ordering::SeqCst), accounts.len())
}

#[test]
fn a_commit_that_was_done_but_not_answered_is_not_done_again() {
    assert_eq!(commit_through(Cut::After), (1, 1, 1));
}

#[test]
fn a_commit_that_never_arrived_is_done_again() {
    assert_eq!(commit_through(Cut::Before), (2, 2, 1));
}

both! {
    fn an_error_of_the_caller_keeps_its_type(store: TestStore) {
        #[derive(Debug, PartialEq)]
        enum Fault {
            Mine,
            Store(StoreError),
        }
        impl From<StoreError> for Fault {
            fn from(error: StoreError) -> Self {
                Self::Store(error)
            }
        }
        assert_eq!(store.write(store.command(), |_| Err::<(), _>(Fault::Mine)), Err(Fault::Mine));
        assert_eq!(store.read(|_| Err::<(), _>(Fault::Mine)), Err(Fault::Mine));
        store.close().unwrap();
        let closed = store.write(store.command(), |_| Ok::<(), Fault>(()));
        assert!(matches!(closed, Err(Fault::Store(StoreError::Unavailable(_)))));
    }
}
