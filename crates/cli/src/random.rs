//! The operating system's source of chance: the one place that asks it.

use keystead_core::Rng;

/// The operating system's generator.
pub(crate) struct SystemRng;

impl Rng for SystemRng {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source that everything else takes as an argument"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        // Without chance no key and no nonce is safe: going on would be worse than stopping.
        if let Err(error) = getrandom::fill(buffer) {
            eprintln!("keystead: the operating system gives no random numbers: {error}");
            std::process::abort();
        }
    }
}
