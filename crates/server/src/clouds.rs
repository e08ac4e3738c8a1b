//! Looking after connected accounts of clouds: probes, lamps, and former credentials.

use std::sync::Arc;
use std::time::Duration;

use keystead_custodian::lamps::{self, Rhythm};
use keystead_custodian::{former, matrix};
use keystead_gate::Gate;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::worker::every;

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(1);
/// So many looks at the lamps come to one at former credentials, whose use clouds tell hours late.
const LAMPS_TO_FORMER: u32 = 12;

/// Starts what runs on a timer; each ends when `stop` says so.
pub(crate) fn start(gate: &Arc<Gate>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let settings = gate.settings();
    let rhythm = Rhythm { green: settings.cloud_status_interval, red: settings.cloud_status_retry };
    let pause = rhythm.green * LAMPS_TO_FORMER;
    let (probed, lit, used) = (Arc::clone(gate), Arc::clone(gate), Arc::clone(gate));
    vec![
        every("probing clouds", LOOK, stop, move || matrix::turn(&probed)),
        every("looking after clouds", LOOK, stop, move || lamps::turn(&lit, rhythm)),
        every("asking after former credentials", LOOK, stop, move || former::turn(&used, pause)),
    ]
}
