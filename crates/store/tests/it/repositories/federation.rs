//! Providers of identities, and the issuers that accounts are.

use std::slice::from_ref;

use keystead_core::{AccountId, AssertionEncryption, OidcProvider, SamlPrivateKey, SamlProvider};
use keystead_store::both;
use keystead_store::counts::Counted;
use keystead_store::issuers::{self, Issuer, IssuerKey};
use keystead_store::saml_providers;

use crate::samples::{account_id, at, broken, insert_accounts, read};

fn oidc(account: AccountId, url: &str) -> OidcProvider {
    OidcProvider {
        account,
        url: url.to_owned(),
        client_ids: vec!["a \"b\"".to_owned(), "c".to_owned()],
        thumbprints: Vec::new(),
        created_at: at(3),
    }
}

fn saml(account: AccountId, name: &str) -> SamlProvider {
    SamlProvider {
        account,
        id: format!("{account}{name}"),
        name: name.to_owned(),
        metadata: "<x/>".to_owned(),
        encryption: AssertionEncryption::Allowed,
        valid_until: at(9),
        created_at: at(3),
    }
}

both! {
    fn oidc_providers_are_found_counted_changed_pinned_and_deleted(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let rows = [oidc(one, "b.example"), oidc(one, "a.example"), oidc(two, "a.example")];
        let [first, second, _] = rows.clone();
        let again = first.clone();
        let counts = store.run(move |tx| {
            rows.iter().map(|row| tx.oidc_providers().insert(row)).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(counts, [1, 2, 1]);
        let constraint = broken(&store, move |tx| tx.oidc_providers().insert(&again));
        assert_eq!(constraint, "oidc_providers_pkey");
        let changed = OidcProvider { client_ids: Vec::new(), thumbprints: vec!["f".to_owned()], ..first.clone() };
        let update = changed.clone();
        store.run(move |tx| {
            tx.lock_oidc_provider(one, "b.example")?;
            tx.oidc_providers().update(&update)?;
            assert!(tx.oidc_providers().pin_keys(one, "a.example", Some("{}"))?);
            assert!(!tx.oidc_providers().pin_keys(one, "c.example", Some("{}"))?);
            assert!(!tx.oidc_providers().delete(two, "b.example")?);
            Ok(())
        });
        read(&store, |tx| {
            assert_eq!(tx.oidc_providers().list(one)?, [second.clone(), changed.clone()]);
            assert_eq!(tx.oidc_providers().find(two, "b.example")?, None);
            assert_eq!(tx.oidc_providers().find_pinned_keys(one, "a.example")?.as_deref(), Some("{}"));
            assert_eq!(tx.oidc_providers().find_pinned_keys(two, "a.example")?, None);
            Ok(())
        });
        store.run(move |tx| {
            assert!(tx.oidc_providers().pin_keys(one, "a.example", None)?);
            assert!(tx.oidc_providers().delete(one, "b.example")?);
            assert_eq!(tx.oidc_providers().find_pinned_keys(one, "a.example")?, None);
            assert_eq!(tx.counts().get(one, Counted::OidcProviders)?, 1);
            Ok(())
        });
    }

    fn saml_providers_are_found_counted_changed_and_deleted_with_their_keys(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let (first, other) = (saml(one, "first"), saml(two, "first"));
        let again = SamlProvider { id: "else".to_owned(), ..first.clone() };
        let place = saml_providers::private_key_place(one, "K1");
        let sealed = store.sealer().seal(&place, b"key", &*store.rng).unwrap();
        let keys = ["K2", "K1"].map(|id| SamlPrivateKey { id: id.to_owned(), added_at: at(4) });
        let (rows, added) = ((first.clone(), other.clone()), keys.clone());
        store.run(move |tx| {
            assert_eq!(tx.saml_providers().insert(&rows.0)?, 1);
            assert_eq!(tx.saml_providers().insert(&rows.1)?, 1);
            added.iter().try_for_each(|key| tx.saml_providers().insert_key(&rows.0, key, &sealed))
        });
        let constraint = broken(&store, move |tx| tx.saml_providers().insert(&again));
        assert_eq!(constraint, "saml_providers_name_unique");
        let changed = SamlProvider { encryption: AssertionEncryption::Required, valid_until: at(10), ..first.clone() };
        let (update, stranger) = (changed.clone(), other.clone());
        store.run(move |tx| {
            tx.lock_saml_provider(one, "first")?;
            tx.saml_providers().update(&update)?;
            assert!(!tx.saml_providers().delete_key(&stranger, "K2")?);
            assert!(tx.saml_providers().delete_key(&update, "K2")?);
            Ok(())
        });
        let [_, kept] = keys;
        read(&store, |tx| {
            assert_eq!(tx.saml_providers().find(one, "first")?, Some(changed.clone()));
            assert_eq!(tx.saml_providers().list(two)?, from_ref(&other));
            assert_eq!(tx.saml_providers().list_keys(&changed)?, from_ref(&kept));
            Ok(())
        });
        store.run(move |tx| {
            tx.saml_providers().delete(&changed)?;
            assert!(tx.saml_providers().list_keys(&changed)?.is_empty());
            assert_eq!(tx.saml_providers().list(one)?, []);
            assert_eq!(tx.counts().get(one, Counted::SamlProviders)?, 0);
            assert_eq!(tx.counts().get(account_id(2), Counted::SamlProviders)?, 1);
            Ok(())
        });
    }

    fn an_issuer_keeps_its_address_and_keys(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let issuer = Issuer { account: one, id: "uuid".to_owned(), enabled: true };
        let place = issuers::private_key_place(one, "k");
        let private_key = store.sealer().seal(&place, b"key", &*store.rng).unwrap();
        let key = |algorithm: &str| IssuerKey {
            id: format!("k-{algorithm}"),
            algorithm: algorithm.to_owned(),
            public_key: "{}".to_owned(),
            private_key: private_key.clone(),
            created_at: at(3),
        };
        let keys = [key("RS256"), key("ES384")];
        let (made, with) = (issuer.clone(), keys.clone());
        store.run(move |tx| tx.issuers().insert(&made, &with));
        store.run(move |tx| {
            tx.issuers().update_enabled(two, false)?;
            assert_eq!(tx.issuers().find_by_id("uuid")?, Some(issuer.clone()));
            tx.issuers().update_enabled(one, false)?;
            assert_eq!(tx.issuers().find(one)?, Some(Issuer { enabled: false, ..issuer.clone() }));
            assert_eq!(tx.issuers().find(two)?, None);
            Ok(())
        });
        let [rs256, es384] = keys;
        assert_eq!(read(&store, |tx| tx.issuers().list_keys(one)), [es384, rs256]);
    }
}
