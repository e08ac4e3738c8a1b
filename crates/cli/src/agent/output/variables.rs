//! Files of lines `NAME=value`, as shells, Compose and systemd read them: the values of two names are put in, everything
//! else stays to the byte.

/// The text with these values.
pub(super) fn edit(text: &str, members: &[(&str, &str)]) -> Result<String, String> {
    let mut new = String::with_capacity(text.len() + 128);
    let mut missing = members.to_vec();
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        match members.iter().find(|(name, _)| value_at(content, name).is_some()) {
            None => new.push_str(line),
            Some((name, value)) => {
                if !missing.iter().any(|(other, _)| other == name) {
                    return Err(format!("{name} stands in it twice"));
                }
                missing.retain(|(other, _)| other != name);
                let at = value_at(content, name).unwrap_or_default();
                new.extend([&content[..at], value, &line[content.len()..]]);
            }
        }
    }
    for (name, value) in missing {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        new.extend([name, "=", value, "\n"]);
    }
    Ok(new)
}

/// The value of a name, without quotes around it.
pub(super) fn find(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let value = line[value_at(line, name)?..].trim();
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        Some(quoted.unwrap_or(value).to_owned())
    })
}

/// Where in a line the value of a name begins.
fn value_at(line: &str, name: &str) -> Option<usize> {
    let start = line.trim_start();
    let rest = start.strip_prefix("export ").map_or(start, str::trim_start);
    let value = rest.strip_prefix(name)?.strip_prefix('=')?;
    Some(line.len() - value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_values_of_the_names_change_and_what_is_missing_is_appended() {
        let members = [("ID", "new"), ("SECRET", "s/+=")];
        let before = "# ID=comment\nexport ID='old'\r\nIDS=kept\nOTHER=ID=x";
        let after = "# ID=comment\nexport ID=new\r\nIDS=kept\nOTHER=ID=x\nSECRET=s/+=\n";
        assert_eq!(edit(before, &members).unwrap(), after);
        assert_eq!(edit(after, &members).unwrap(), after);
        assert_eq!(
            (find(before, "ID").unwrap(), find(after, "SECRET").unwrap()),
            ("old".to_owned(), "s/+=".to_owned())
        );
        assert!(edit("ID=1\nID=2\n", &members).is_err());
    }
}
