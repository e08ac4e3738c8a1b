//! What a page says of what was just done. The address carries a word of this table, never a sentence, so that no
//! link can put words into the console's mouth.

/// Words and their sentences.
const SAID: &[(&str, &str)] = &[
    (
        "password-reset",
        "The password is set, and every session with the former one is ended. Sign in with it now.",
    ),
    ("frozen", "The freeze is set. What is under way waits with both keys working."),
    ("unfrozen", "The freeze is over. What it held goes on by itself."),
    ("credential-forgotten", "It is kept no more. Its key works on as it did."),
    ("target-delivered", "The key in use is brought there."),
    ("target-removed", "The target is taken off. What it holds stays there."),
    ("honey-key-deleted", "The honey key is deleted. It raises no more alarms."),
    ("root-email-changed", "The address is changed. Sign in with the new one from now on."),
    ("rotation-begun", "The rotation has begun. Nothing is interrupted: both keys work."),
    ("rotation-ordered", "Your order is taken, and stands in the receipt."),
    ("consumer-named", "What you know of it is kept."),
    ("consumer-removed", "The consumer is removed."),
    ("leak-reported", "The report is kept."),
    ("leak-contained", "The key is switched off, and its sessions are ended."),
    ("leak-answered", "Your answer is kept."),
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

/// The same for identities and what they hold.
const OF_IDENTITIES: &[(&str, &str)] = &[
    ("certificate-activated", "The certificate is accepted again."),
    ("certificate-deactivated", "The certificate is refused from the very next request."),
    ("certificate-deleted", "The certificate is deleted."),
    ("certificate-uploaded", "The certificate is uploaded and active."),
    ("group-created", "The group is made. Nobody is in it yet, and it allows nothing."),
    ("group-deleted", "The group is deleted."),
    ("group-joined", "The user is in the group, and may what its policies allow."),
    ("group-left", "The user is no longer in the group."),
    ("key-activated", "The key is accepted again."),
    ("key-deactivated", "The key is refused from the very next request. It can be activated again."),
    ("key-deleted", "The key is deleted for good."),
    ("mfa-enabled", "The device is in use: its code is asked for at the next sign-in."),
    ("mfa-removed", "The device is removed. Its codes are no longer asked for."),
    ("password-changed", "Your password is changed. Sign in with the new one."),
    ("password-deleted", "The password is deleted, and every session of the user has ended."),
    ("password-set", "The password is set, and every session of the user has ended."),
    ("policy-attached", "The policies are attached and in force."),
    ("policy-created", "The policy is made. It is in force where it is attached."),
    ("policy-deleted", "The policy is deleted."),
    ("policy-detached", "The policy is detached. What it allowed is refused from the very next request."),
    ("policy-saved", "The policy is saved and in force."),
    ("role-created", "The role is made. Attach the policies that say what it may do."),
    ("role-deleted", "The role is deleted."),
    ("service-credential-activated", "The service credential is accepted again."),
    ("service-credential-deactivated", "The service credential is refused from the very next request."),
    ("service-credential-deleted", "The service credential is deleted."),
    ("session-ended", "The session has ended. That browser has to sign in again."),
    ("sessions-ended", "Every session that was begun until now is refused."),
    ("signed-out-everywhere", "You are signed out of every browser."),
    ("ssh-key-activated", "The SSH key is accepted again."),
    ("ssh-key-deactivated", "The SSH key is refused from now on. It can be activated again."),
    ("ssh-key-deleted", "The SSH key is deleted."),
    ("ssh-key-uploaded", "The SSH key is uploaded and active."),
    ("tags-saved", "The tags are saved. Policies that ask for them see them at once."),
    ("trust-saved", "The trust policy is saved and in force."),
    ("user-created", "The user is made. It has no credentials yet."),
    ("user-deleted", "The user is deleted."),
    ("version-deleted", "The version is deleted."),
    ("version-set", "That version is in force from the very next request."),
];

/// The sentence of a word.
pub(super) fn sentence(word: &str) -> Option<&'static str> {
    SAID.iter().chain(OF_IDENTITIES).find(|(of, _)| *of == word).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_word_that_pages_send_on_has_a_sentence() {
        let mut sent = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/pages"), &mut sent);
        assert!(sent.len() > 30, "{sent:?}");
        sent.retain(|word| sentence(word).is_none());
        assert_eq!(sent, Vec::<String>::new());
        assert!(SAID.iter().chain(OF_IDENTITIES).all(|(_, sentence)| sentence.ends_with('.')));
    }

    /// The words of `go(…, "word")` in the sources of a folder.
    fn collect(folder: &Path, words: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, words);
                continue;
            }
            for call in fs::read_to_string(&path).unwrap().split("go(").skip(1) {
                let call = call.split([';', '\n']).next().unwrap_or_default();
                let word = call.rsplit(", \"").next().and_then(|rest| rest.split_once("\")"));
                let is_word = |word: &String| {
                    word.contains(|each: char| each.is_ascii_lowercase())
                        && word.bytes().all(|each| each.is_ascii_lowercase() || each == b'-')
                };
                words.extend(word.map(|(word, _)| word.to_owned()).filter(is_word));
            }
        }
    }
}
