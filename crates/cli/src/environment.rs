//! The environment, where clap does not read it: secrets have no flag, because a command line can be seen by
//! every user of the machine.

/// The value of an environment variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the command line is where configuration is read")]
pub(crate) fn find(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
