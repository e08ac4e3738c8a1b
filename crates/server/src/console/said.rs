//! What a page says of what was just done. The address carries a word of this table, never a sentence, so that no
//! link can put words into the console's mouth.

/// Words and their sentences.
const SAID: &[(&str, &str)] = &[
    ("saved", "Your change is saved."),
    ("signed-out", "You are signed out."),
    ("cloud-connected", "The account is proved and connected."),
    ("cloud-asked", "The cloud was asked again just now."),
    ("cloud-looked-through", "The account is being looked through. It goes on by itself."),
    (
        "cloud-changed",
        "The new credentials are proved and in use in all regions. The former ones are kept sealed.",
    ),
    ("cloud-deleted", "The account is no longer connected. What runs there goes on running."),
    ("credentials-generated", "The generated credentials are there again. Nobody is granted them yet."),
    ("resource-there", "The cloud was asked about it just now, and it is there."),
    ("resource-gone", "The cloud was asked about it just now. It is gone, and is forgotten here."),
    ("credential-stored", "The credential is stored, sealed."),
    ("credential-restored", "The value of the older version is in use again, as the newest version."),
    ("credential-deleted", "The credential is deleted. No workload is given it any more."),
    (
        "credential-granted",
        "It is granted. Workloads that select it are given it from their next question on.",
    ),
    ("grant-taken-back", "The grant is taken back. It counts from the next question on."),
    ("deployment-made", "The deployment is made. Set its inputs, and put workloads into it."),
    ("deployment-deleted", "The deployment is deleted."),
    ("workload-made", "The workload is made. Enroll its machine to have it given its inputs."),
    ("workload-deleted", "The workload is deleted. Its token is refused."),
    ("input-set", "The input is set. Workloads are given it from their next question on."),
    ("input-unset", "The input is taken away."),
    ("invited", "The invitation is on its way. It can be accepted within six days."),
    ("invited-again", "A new letter is on its way. The link in the one before is dead."),
    ("invitation-cancelled", "The invitation is taken back. Its link is dead."),
    ("ssh-key-kept", "The private key is kept, sealed."),
];

/// The sentence of a word.
pub(super) fn sentence(word: &str) -> Option<&'static str> {
    SAID.iter().find(|(of, _)| *of == word).map(|(_, sentence)| *sentence)
}
