//! Every statement of every repository.

mod audit;
mod authority;
mod custody;
mod evidence;
mod passwords;
