//! Every statement of every repository.

mod audit;
mod authority;
mod certificates;
mod custody;
mod evidence;
mod federation;
mod passwords;
mod stored;
