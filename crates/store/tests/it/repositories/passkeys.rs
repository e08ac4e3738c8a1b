//! Passkeys.

use keystead_store::both;
use keystead_store::passkeys::Passkey;

use crate::samples::{at, broken, insert_accounts, read};

const SERIAL: &str = "arn:aws:iam::123456789012:u2f/user/alice/key-AAAA";

both! {
    fn a_passkey_is_kept_used_once_at_a_time_and_deleted(store: TestStore) {
        let (account, other) = insert_accounts(&store);
        let passkey = Passkey {
            account,
            serial_number: SERIAL.to_owned(),
            owner_id: "AIDA1".to_owned(),
            site: "keystead.test".to_owned(),
            credential_id: "id".to_owned(),
            credential: "{}".to_owned(),
            uses: 0,
            enabled_at: at(5),
            used_at: None,
        };
        let (kept, again) = (passkey.clone(), Passkey { serial_number: "other".to_owned(), ..passkey.clone() });
        store.run(move |tx| tx.passkeys().insert(&kept));
        assert_eq!(broken(&store, move |tx| tx.passkeys().insert(&again)), "passkeys_credential_unique");
        let list = || read(&store, |tx| tx.passkeys().list_by_owner(account, "AIDA1"));
        assert_eq!(list(), std::slice::from_ref(&passkey));
        assert_eq!(read(&store, |tx| tx.mfa_devices().count_of_owner(account, "AIDA1")), 1);
        assert_eq!(read(&store, |tx| tx.mfa_devices().count_of_owner(other, "AIDA1")), 0);
        let use_it = || {
            let read = passkey.clone();
            store.run(move |tx| tx.passkeys().record_use(&read, "{1}", at(9)))
        };
        assert!(use_it() && !use_it(), "it was used since it was read");
        let used = list().remove(0);
        assert_eq!((used.uses, &*used.credential, used.used_at), (1, "{1}", Some(at(9))));
        assert!(!store.run(move |tx| tx.passkeys().delete(account, SERIAL, "AIDA2")), "it is another's");
        assert!(store.run(move |tx| tx.passkeys().delete(account, SERIAL, "AIDA1")));
        assert_eq!(list(), []);
    }
}
