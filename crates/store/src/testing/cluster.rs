//! A PostgreSQL server for the tests of one process, with `fsync` on as in production.
//!
//! A shell stands by with a pipe to this process. When the process ends, however it ends, the pipe closes,
//! and the shell stops the server and removes its folder.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

/// The running server. Its shell must live as long as this process, so it is never dropped.
struct Cluster {
    folder: PathBuf,
    _watch: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

const WATCH: &str = r#"
cat > /dev/null
"$1/pg_ctl" stop --pgdata "$2/data" --mode immediate
rm -rf "$2"
"#;

/// Makes an empty database on the server, which is started with the first one, and gives its address.
pub(super) fn create_database() -> String {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    let name = format!("case_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).expect("PostgreSQL answers");
    let create = format!("create database {name} template template0 lc_collate 'C' lc_ctype 'C'");
    client.batch_execute(&create).expect("a database can be made");
    cluster.url(&name)
}

impl Cluster {
    fn start() -> Self {
        let programs = find_programs();
        let folder = super::temporary_folder().keep();
        let owner = unprivileged_owner(&folder);
        let program = |path: PathBuf| {
            let mut command = Command::new(path);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
            command.current_dir(&folder);
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let watch = program("/bin/sh".into())
            .args(["-c", WATCH, "watch"])
            .args([&programs, &folder])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let data = folder.join("data");
        let mut initdb = program(programs.join("initdb"));
        initdb.args(["--auth", "trust", "--username", "keystead", "--encoding", "UTF8", "--locale", "C"]);
        run(initdb.arg("--pgdata").arg(&data));
        let options = format!("-c listen_addresses='' -c max_connections=500 -k {}", folder.display());
        let mut start = program(programs.join("pg_ctl"));
        start.args(["start", "--wait", "--options", &options]);
        run(start.arg("--log").arg(folder.join("log")).arg("--pgdata").arg(&data));
        Self { folder, _watch: watch }
    }

    fn url(&self, database: &str) -> String {
        format!("host={} user=keystead dbname={database}", self.folder.display())
    }
}

fn run(command: &mut Command) {
    let status = command.status().expect("a program of PostgreSQL can be started");
    assert!(status.success(), "{command:?}: {status}");
}

/// The folder with the programs of the newest PostgreSQL that is installed the way Debian does it.
fn find_programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("these tests need PostgreSQL: apt-get install postgresql").1
}

/// PostgreSQL refuses to run as root; then it runs as its own user, to whom the folder is given.
fn unprivileged_owner(folder: &Path) -> Option<(u32, u32)> {
    let id = |which: &str, user: &[&str]| -> u32 {
        let output = Command::new("id").arg(which).args(user).output().expect("`id` can be run");
        let text = String::from_utf8(output.stdout).expect("`id` prints a number");
        text.trim().parse().expect("`id` prints a number")
    };
    if id("-u", &[]) != 0 {
        return None;
    }
    let owner = (id("-u", &["postgres"]), id("-g", &["postgres"]));
    chown(folder, Some(owner.0), Some(owner.1)).expect("the folder can be given to `postgres`");
    Some(owner)
}
