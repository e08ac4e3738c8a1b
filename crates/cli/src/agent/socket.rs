//! The socket that systemd asks for `LoadCredential=NAME:/run/keystead/agent.sock`.
//!
//! systemd connects from a socket whose name says for which unit and credential: a zero byte, a random number, `/unit/`,
//! the unit, `/`, the credential (systemd.exec(5), `LoadCredential=`). It is answered with the value and the end of the
//! stream. Anybody may take such a name, so only the agent's own user, which is root where systemd asks, can connect.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use keystead_core::Secret;

use super::keeper::Table;
use super::output::text;

/// How long whoever asked may take to read the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Binds the socket for its owner alone; one that was left behind is replaced.
pub(crate) fn bind(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::other("there is a file of that name that is no socket")),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves connections until it is dropped.
pub(crate) async fn serve(listener: UnixListener, table: Table) {
    let Ok(listener) = tokio::net::UnixListener::from_std(listener) else { return };
    loop {
        let accepted = listener.accept().await.and_then(|(stream, _)| stream.into_std());
        match accepted {
            // The value is smaller than what the kernel takes at once, so that nobody is waited for.
            Ok(stream) => answer(stream, &table),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn answer(mut stream: UnixStream, table: &Table) {
    let name = stream.peer_addr().ok().and_then(|peer| peer.as_abstract_name().map(<[u8]>::to_vec));
    let name = name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default();
    let asked = parse(&name);
    let value = asked.and_then(|(unit, credential)| find(table, unit, credential));
    let Some(value) = value else {
        // The stream ends without a value, and systemd does not start the unit.
        tracing::warn!(asked = name, "systemd asked for what no consumer has, or has not yet");
        return;
    };
    let sent =
        stream.set_write_timeout(Some(TIMEOUT)).and_then(|()| stream.write_all(value.expose().as_bytes()));
    tracing::info!(asked = name, sent = sent.is_ok(), "systemd asked");
}

/// Unit and credential.
fn parse(name: &str) -> Option<(&str, &str)> {
    let (random, rest) = name.split_once("/unit/")?;
    let is_number = !random.is_empty() && random.bytes().all(|b| b.is_ascii_hexdigit());
    let (unit, credential) = rest.rsplit_once('/')?;
    is_number.then_some((unit, credential))
}

fn find(table: &Table, unit: &str, credential: &str) -> Option<Secret<String>> {
    let table = table.read().unwrap_or_else(PoisonError::into_inner);
    table.values().find_map(|holding| {
        let systemd = holding.settings.systemd.as_ref()?;
        let is_asked = systemd.unit == unit && systemd.credential == credential;
        text(systemd.format, &holding.held().filter(|_| is_asked)?.key).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_and_credential_are_in_the_name() {
        assert_eq!(parse("0123abcdef/unit/orders@1.service/aws"), Some(("orders@1.service", "aws")));
        for wrong in ["", "x", "xyz/unit/a/b", "/unit/a/b", "0123/unit/a", "0123/system/a/b"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
