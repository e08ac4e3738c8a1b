//! What a page says of what was just done. The address carries a word of this table, never a sentence, so that no
//! link can put words into the console's mouth.

/// Words and their sentences.
const SAID: &[(&str, &str)] = &[
    ("saved", "Your change is saved."),
    ("signed-out", "You are signed out."),
    ("cloud-connected", "The account is proved and connected."),
    ("cloud-asked", "The cloud was asked again just now."),
    ("cloud-looked-through", "The account is being looked through. It goes on by itself."),
    ("cloud-changed", "The new credentials are proved and in use in all regions. The former ones are kept sealed."),
    ("cloud-deleted", "The account is no longer connected. What runs there goes on running."),
    ("credentials-generated", "The generated credentials are there again. Nobody is granted them yet."),
    ("ssh-key-kept", "The private key is kept, sealed."),
];

/// The sentence of a word.
pub(super) fn sentence(word: &str) -> Option<&'static str> {
    SAID.iter().find(|(of, _)| *of == word).map(|(_, sentence)| *sentence)
}
