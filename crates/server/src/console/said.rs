//! What a page says of what was just done. The address carries a word of this table, never a sentence, so that no
//! link can put words into the console's mouth.

/// Words and their sentences.
const SAID: &[(&str, &str)] = &[("saved", "Your change is saved."), ("signed-out", "You are signed out.")];

/// The sentence of a word.
pub(super) fn sentence(word: &str) -> Option<&'static str> {
    SAID.iter().find(|(of, _)| *of == word).map(|(_, sentence)| *sentence)
}
