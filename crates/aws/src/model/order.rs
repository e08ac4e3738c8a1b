//! In which order several broken constraints are named.
//!
//! AWS walks the members of a structure as Java's hash table holds them: by their places in a table of
//! sixteen, and by the order of the model within a place. Every recorded reply with several errors is
//! in this order.

/// Where a path of an error, `tags.1.member.key`, stands among others, step by step.
pub(super) fn places(path: &str) -> Vec<usize> {
    path.split('.').map(|step| step.parse().unwrap_or_else(|_| place(step))).collect()
}

/// The place of a member: what `java.util.HashMap` makes of `java.lang.String.hashCode`.
fn place(member: &str) -> usize {
    let hash =
        member.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    ((hash ^ (hash >> 16)) % 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_replies_are_in_this_order() {
        for recorded in [
            ["minimumPasswordLength", "passwordReusePrevention", "maxPasswordAge"],
            ["clientIDList", "thumbprintList", "url"],
        ] {
            assert!(recorded.is_sorted_by_key(|member| places(member)), "{recorded:?}");
        }
        assert!(places("tags.2.member.key") < places("tags.10.member.key"));
    }
}
