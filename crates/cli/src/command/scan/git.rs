//! What a repository holds besides its files: every version of every file that was committed, or what is staged. `git`
//! itself reads it, and each content is read once, however many commits have it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::{FILE_MAX, Scanner};
use crate::failure::{Failure, Kind};

/// Every version of every file that a branch or tag leads to.
pub(super) fn history(repository: &Path, scanner: &mut Scanner) -> Result<(), Failure> {
    let objects = run(repository, &["rev-list", "--objects", "--all"])?;
    let text = String::from_utf8_lossy(&objects);
    // A commit and the topmost folder have no path.
    let listed = text.lines().filter_map(|line| line.split_once(' ')).filter(|(_, path)| !path.is_empty());
    let listed = listed.map(|(object, path)| (object.to_owned(), format!("{path} at {object}")));
    contents(repository, listed.collect(), scanner)
}

/// What is about to be committed.
pub(super) fn staged(repository: &Path, scanner: &mut Scanner) -> Result<(), Failure> {
    let names = run(
        repository,
        &["diff", "--cached", "--name-only", "--no-renames", "-z", "--diff-filter=AM", "--no-relative"],
    )?;
    let text = String::from_utf8_lossy(&names);
    // A name with a line break cannot be asked for in lines.
    let names = text.split('\0').filter(|name| !name.is_empty() && !name.contains('\n'));
    contents(repository, names.map(|name| (format!(":{name}"), name.to_owned())).collect(), scanner)
}

/// Looks at each of these objects, which `git cat-file` finds by their first name.
fn contents(repository: &Path, objects: Vec<(String, String)>, scanner: &mut Scanner) -> Result<(), Failure> {
    let mut child = git(repository)
        .args(["cat-file", "--batch", "--buffer"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_run(&error))?;
    let (Some(mut asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Failure::new(Kind::Local, "git gives nothing to read."));
    };
    let names: Vec<String> = objects.iter().map(|(name, _)| format!("{name}\n")).collect();
    // Asked for on a thread of its own: git answers before everything is asked for.
    let asking = thread::spawn(move || names.iter().try_for_each(|name| asked.write_all(name.as_bytes())));
    let mut answers = BufReader::new(answers);
    for (_, shown) in &objects {
        read_one(&mut answers, shown, scanner)?;
    }
    let _ = asking.join();
    child.wait()?;
    Ok(())
}

/// One answer: `<id> <type> <length>`, the content, a line break; or that there is none.
fn read_one(answers: &mut impl BufRead, shown: &str, scanner: &mut Scanner) -> Result<(), Failure> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let mut words = head.split_whitespace().rev();
    let (Some(length), Some(kind)) = (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
    else {
        scanner.skip();
        return Ok(());
    };
    let mut content = answers.take(length + 1);
    if kind == "blob" && length <= FILE_MAX {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        scanner.look_at(shown, &bytes);
    } else {
        if kind == "blob" {
            scanner.skip();
        }
        std::io::copy(&mut content, &mut std::io::sink())?;
    }
    Ok(())
}

fn git(repository: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository);
    command
}

fn run(repository: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = git(repository).args(arguments).output().map_err(|error| not_run(&error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(Kind::Local, format!("git refused: {}", said.trim())))
}

fn not_run(error: &std::io::Error) -> Failure {
    Failure::new(Kind::Local, format!("git is needed for this and cannot be run: {error}."))
}
