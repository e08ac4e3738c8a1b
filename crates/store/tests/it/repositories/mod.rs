//! Every statement of every repository.

mod audit;
mod authority;
mod certificates;
mod custody;
mod evidence;
mod federation;
mod fleet;
mod leaks;
mod notices;
mod passkeys;
mod passwords;
mod stored;
