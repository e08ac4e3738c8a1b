//! Stored credentials, deployments, workloads, their inputs and grants.

use keystead_core::AccountId;
use keystead_store::both;
use keystead_store::inputs::Input;
use keystead_store::stored_credentials::{
    READS_KEPT, StoredCredential, StoredKind, StoredVersion, VERSIONS_KEPT,
};
use keystead_store::workloads::{Deployment, Enrollment, Workload};
use keystead_store::{Sealed, Tx};

use crate::samples::{at, broken, insert_accounts, read};

fn credential(account: AccountId, name: &str) -> StoredCredential {
    StoredCredential {
        account,
        id: format!("{account}-{name}"),
        name: name.to_owned(),
        kind: StoredKind::User,
        description: String::new(),
        version: 1,
        expires_at: None,
        reads: 0,
        last_read_at: None,
        last_read_by: None,
        created_by: "arn".to_owned(),
        created_at: at(1),
        updated_at: at(1),
    }
}

fn version(number: i64) -> StoredVersion {
    StoredVersion {
        version: number,
        value: Sealed::from_bytes(vec![1, 2, 3]),
        restored_from: (number > 1).then_some(1),
        created_by: "arn".to_owned(),
        created_at: at(number),
    }
}

fn deployment(account: AccountId, name: &str) -> Deployment {
    Deployment {
        account,
        id: format!("{account}-{name}"),
        name: name.to_owned(),
        description: String::new(),
        created_by: "arn".to_owned(),
        created_at: at(1),
    }
}

fn workload(account: AccountId, name: &str) -> Workload {
    Workload {
        account,
        id: format!("{account}-{name}"),
        deployment_id: Some(format!("{account}-shop")),
        name: name.to_owned(),
        description: String::new(),
        required: vec!["A".to_owned()],
        enrolled_at: None,
        created_by: "arn".to_owned(),
        created_at: at(1),
        updated_at: at(1),
    }
}

fn input(name: &str, source: &str) -> Input {
    Input { name: name.to_owned(), source: source.to_owned(), set_by: "arn".to_owned(), set_at: at(2) }
}

fn insert_shop(tx: &mut Tx<'_>, account: AccountId) -> keystead_store::Result<()> {
    tx.workloads().insert_deployment(&deployment(account, "shop"))?;
    tx.workloads().insert(&workload(account, "web"))?;
    tx.stored_credentials().insert(&credential(account, "c"))
}

both! {
    fn a_credential_keeps_its_newest_versions_and_is_changed_once_at_a_time(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let mut a = credential(one, "a");
        let first = a.clone();
        store.run(move |tx| {
            tx.lock_stored_credential(one, "a")?;
            tx.stored_credentials().insert(&first)?;
            tx.stored_credentials().insert(&credential(one, "b"))?;
            tx.stored_credentials().insert(&credential(two, "a"))?;
            for number in 1..=VERSIONS_KEPT + 2 {
                tx.stored_credentials().insert_version(&first.id, &version(number))?;
            }
            Ok(())
        });
        let name = broken(&store, move |tx| {
            tx.stored_credentials().insert(&StoredCredential { id: "x".to_owned(), ..credential(one, "a") })
        });
        assert_eq!(name, "stored_credentials_name_unique");
        read(&store, |tx| {
            let mut stored = tx.stored_credentials();
            assert_eq!(stored.find(one, "a")?, Some(a.clone()));
            assert_eq!(stored.find(one, "A")?, None);
            assert_eq!(stored.list(one, "user", None, 9)?, [a.clone(), credential(one, "b")]);
            assert_eq!(stored.list(one, "user", Some("a"), 9)?, [credential(one, "b")]);
            assert_eq!(stored.list(one, "generated", None, 9)?, []);
            assert_eq!((stored.count(one)?, stored.count(two)?), (2, 1));
            assert_eq!(stored.find_version(&a.id, 2)?, None);
            assert_eq!(stored.find_version(&a.id, 3)?, Some(version(3)));
            let kept: Vec<i64> = stored.list_versions(&a.id)?.iter().map(|kept| kept.version).collect();
            assert_eq!(kept, (3..=VERSIONS_KEPT + 2).rev().collect::<Vec<_>>());
            Ok(())
        });
        (a.version, a.expires_at, a.description, a.updated_at) = (2, Some(at(9)), "d".to_owned(), at(3));
        let changed = a.clone();
        assert!(store.run(move |tx| tx.stored_credentials().update(&changed, 1)));
        let changed = a.clone();
        assert!(!store.run(move |tx| tx.stored_credentials().update(&changed, 1)));
        read(&store, |tx| {
            assert_eq!(tx.stored_credentials().find(one, "a")?, Some(a.clone()));
            Ok(())
        });
        let id = a.id.clone();
        store.run(move |tx| tx.stored_credentials().delete(one, &id));
        read(&store, |tx| {
            assert_eq!(tx.stored_credentials().find(one, "a")?, None);
            assert_eq!(tx.stored_credentials().list_versions(&a.id)?, []);
            assert!(tx.stored_credentials().find(two, "a")?.is_some());
            Ok(())
        });
    }

    fn the_newest_reads_are_kept(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        let a = credential(one, "a");
        let id = a.id.clone();
        store.run(move |tx| {
            tx.stored_credentials().insert(&a)?;
            (1..=READS_KEPT + 2).try_for_each(|n| tx.stored_credentials().insert_read(&id, 7, "reader", at(n)))
        });
        read(&store, |tx| {
            let a = tx.stored_credentials().find(one, "a")?.unwrap();
            let last = (a.reads, a.last_read_at, a.last_read_by.as_deref());
            assert_eq!(last, (READS_KEPT + 2, Some(at(READS_KEPT + 2)), Some("reader")));
            let reads = tx.stored_credentials().list_reads(&a.id, i64::MAX, 2 * READS_KEPT)?;
            assert_eq!(reads.len() as i64, READS_KEPT);
            assert_eq!((reads[0].number, reads[0].version, reads[0].at), (a.reads, 7, at(a.reads)));
            let page = tx.stored_credentials().list_reads(&a.id, 10, 3)?;
            assert_eq!(page.iter().map(|read| read.number).collect::<Vec<_>>(), [9, 8, 7]);
            Ok(())
        });
    }

    fn workloads_are_found_by_name_deployment_and_token(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            insert_shop(tx, one)?;
            insert_shop(tx, two)?;
            tx.workloads().insert(&Workload { deployment_id: None, ..workload(one, "alone") })
        });
        let name = broken(&store, move |tx| {
            tx.workloads().insert(&Workload { id: "x".to_owned(), ..workload(one, "web") })
        });
        assert_eq!(name, "workloads_name_unique");
        let name = broken(&store, move |tx| {
            tx.workloads().insert_deployment(&Deployment { id: "x".to_owned(), ..deployment(one, "shop") })
        });
        assert_eq!(name, "deployments_name_unique");
        let (web, shop) = (workload(one, "web"), deployment(one, "shop"));
        let id = web.id.clone();
        store.run(move |tx| {
            tx.lock_workload(one, &id)?;
            tx.workloads().update_token(one, &id, b"hash", at(5))?;
            for hash in [b"first", b"newer"] {
                let (workload_id, token_hash) = (id.clone(), hash.to_vec());
                tx.workloads().put_enrollment(&Enrollment { workload_id, token_hash, expires_at: at(9) })?;
            }
            tx.workloads().update(&Workload { required: Vec::new(), updated_at: at(6), ..workload(one, "web") })
        });
        let web = Workload { enrolled_at: Some(at(5)), required: Vec::new(), updated_at: at(6), ..web };
        read(&store, |tx| {
            let mut workloads = tx.workloads();
            assert_eq!(workloads.find(one, "web")?, Some(web.clone()));
            assert_eq!(workloads.find_by_id(one, &web.id)?, Some(web.clone()));
            assert_eq!(workloads.find_by_id(two, &web.id)?, None);
            assert_eq!(workloads.find_by_token_hash(b"hash")?, Some(web.clone()));
            assert_eq!(workloads.find_deployment(one, "shop")?, Some(shop.clone()));
            assert_eq!(workloads.find_deployment_by_id(one, &shop.id)?, Some(shop.clone()));
            assert_eq!(workloads.list_deployments(one, None, 9)?, std::slice::from_ref(&shop));
            assert_eq!(workloads.list(one, Some(&shop.id), None, 9)?, std::slice::from_ref(&web));
            assert_eq!(workloads.list(one, None, None, 9)?.len(), 2);
            assert_eq!(workloads.list(one, None, Some("alone"), 9)?, std::slice::from_ref(&web));
            assert_eq!((workloads.count(one)?, workloads.count_deployments(two)?), (2, 1));
            assert_eq!(workloads.find_enrollment(b"first")?, None);
            assert_eq!(workloads.find_enrollment(b"newer")?.unwrap().expires_at, at(9));
            Ok(())
        });
        assert!(store.run(|tx| tx.workloads().delete_enrollment(b"newer")));
        assert!(!store.run(|tx| tx.workloads().delete_enrollment(b"newer")));
        store.run(move |tx| {
            tx.workloads().delete(one, &web.id)?;
            tx.workloads().delete_deployment(one, &shop.id)
        });
        read(&store, |tx| {
            assert_eq!(tx.workloads().list_deployments(one, None, 9)?, []);
            assert_eq!(tx.workloads().count(two)?, 1);
            Ok(())
        });
    }

    fn inputs_tell_which_credentials_they_select_and_go_with_their_holder(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let (shop, web, c) = (deployment(one, "shop").id, workload(one, "web").id, credential(one, "c").id);
        let (shop_id, web_id, c_id) = (shop.clone(), web.clone(), c.clone());
        store.run(move |tx| {
            insert_shop(tx, one)?;
            insert_shop(tx, two)?;
            tx.inputs().put(one, &shop_id, &input("A", "text:a"), &[])?;
            tx.inputs().put(one, &shop_id, &input("A", "cred:c"), &["c"])?;
            tx.inputs().put(one, &web_id, &input("B", "array"), &["c", "c", "d"])?;
            tx.inputs().put(one, &web_id, &input("C", "text:c"), &[])?;
            tx.inputs().delete(&web_id, "C")?;
            tx.inputs().put(two, &workload(two, "web").id, &input("B", "cred:c"), &["c"])?;
            tx.inputs().put_grant(one, &c_id, &shop_id, "arn", at(3))?;
            tx.inputs().put_grant(one, &c_id, &web_id, "arn", at(3))?;
            tx.inputs().put_grant(one, &c_id, &web_id, "arn", at(4))
        });
        read(&store, |tx| {
            assert_eq!(tx.inputs().list(one, &shop)?, [input("A", "cred:c")]);
            assert_eq!(tx.inputs().list(one, &web)?, [input("B", "array")]);
            let uses = tx.inputs().list_uses(one, "c", 9)?;
            let shown: Vec<_> =
                uses.iter().map(|used| (&*used.holder.kind, &*used.holder.name, &*used.input)).collect();
            assert_eq!(shown, [("deployment", "shop", "A"), ("workload", "web", "B")]);
            let grants = tx.inputs().list_grants(one, &c, 9)?;
            let shown: Vec<_> = grants.iter().map(|holder| (&*holder.kind, &*holder.name)).collect();
            assert_eq!(shown, [("deployment", "shop"), ("workload", "web")]);
            assert!(tx.inputs().is_granted(&c, &web)?);
            Ok(())
        });
        let (c_id, web_id) = (c.clone(), web.clone());
        assert!(store.run(move |tx| tx.inputs().delete_grant(&c_id, &web_id)));
        let shop_id = shop.clone();
        store.run(move |tx| tx.inputs().clear(one, &shop_id));
        read(&store, |tx| {
            assert_eq!(tx.inputs().list(one, &shop)?, []);
            assert!(!tx.inputs().is_granted(&c, &web)? && !tx.inputs().is_granted(&c, &shop)?);
            assert_eq!(tx.inputs().list_uses(one, "c", 9)?.len(), 1);
            assert_eq!(tx.inputs().list_uses(two, "c", 9)?.len(), 1);
            Ok(())
        });
    }
}
