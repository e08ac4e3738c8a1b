//! Cloud accounts and the credential store.
