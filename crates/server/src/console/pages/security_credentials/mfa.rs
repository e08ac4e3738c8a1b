//! MFA devices: a new authenticator by its QR code and two codes in a row, and taking one off. Only whoever has the
//! device at hand can enable it, so this is offered for oneself, and for users to whoever sits beside them.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "security_credentials/new_mfa.html")]
struct New {
    frame: Frame,
    base: String,
    device: String,
}

#[derive(Template)]
#[template(path = "security_credentials/enable_mfa.html")]
struct Enable {
    frame: Frame,
    base: String,
    serial: String,
    /// The picture and the seed, the one time they are shown.
    shown: Option<(String, String)>,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match rest {
        ["new"] => new(request, of),
        ["enable"] if request.is_post => enable(request, of),
        ["remove"] => remove(request, of),
        _ => Err(Refusal::nowhere()),
    }
}

fn new(request: &Request, of: &Owner) -> Page {
    let device = request.form.find("device").map_or_else(|| of.called(request), str::to_owned);
    let mut wrong = None;
    if request.is_post {
        match request.query("CreateVirtualMFADevice", &[("VirtualMFADeviceName", &device)]) {
            Ok(answer) => {
                let made = answer.at("VirtualMFADevice");
                // Both are bytes, which answers hold in base64; a picture's address wants it so.
                let seed = STANDARD.decode(made.text("Base32StringSeed")).unwrap_or_default();
                let shown = (made.text("QRCodePNG"), String::from_utf8_lossy(&seed).into_owned());
                let frame = frame(request, of, "Set up an authenticator");
                let (base, serial) = (of.base.clone(), made.text("SerialNumber"));
                return show(&Enable { frame, base, serial, shown: Some(shown) });
            }
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = frame(request, of, "Add an MFA device").wrong(wrong);
    show_with(status, &New { frame, base: of.base.clone(), device })
}

fn frame(request: &Request, of: &Owner, title: &str) -> Frame {
    of.frame(request, title)
        .help(
            "A code from an authenticator app is asked for at every sign-in, besides the password. Without the device \
             nobody can sign in, so keep a second one in a safe place.",
        )
        .twin(
            format!(
                "aws iam enable-mfa-device --user-name {} --serial-number ARN --authentication-code1 CODE \
                 --authentication-code2 CODE",
                of.called(request)
            ),
            "POST / Action=EnableMFADevice",
        )
}

fn enable(request: &Request, of: &Owner) -> Page {
    let form = &request.form;
    let (serial, first, second) = (form.get("serial"), form.get("code1"), form.get("code2"));
    let done = if of.is_root(request) {
        let input = json!({
            "serial_number": serial, "authentication_code1": first, "authentication_code2": second,
        });
        request.rest("POST", "/api/v1/root/mfa-devices", input)
    } else {
        let name = of.called(request);
        let given = [
            ("UserName", name.as_str()),
            ("SerialNumber", serial),
            ("AuthenticationCode1", first),
            ("AuthenticationCode2", second),
        ];
        request.query("EnableMFADevice", &given)
    };
    match done {
        Ok(_) => go(&of.base, "mfa-enabled"),
        Err(refusal) => {
            let status = refusal.status;
            let frame = frame(request, of, "Set up an authenticator").wrong(Some(refusal));
            let (base, serial) = (of.base.clone(), serial.to_owned());
            show_with(status, &Enable { frame, base, serial, shown: None })
        }
    }
}

fn remove(request: &Request, of: &Owner) -> Page {
    let serial = request.query.get("serial");
    let devices = request.query_all("ListMFADevices", &of.given(&[]), "MFADevices")?;
    if !devices.iter().any(|device| device.text("SerialNumber") == serial) {
        return Err(Refusal::nowhere());
    }
    let frame = of
        .frame(request, "Remove MFA device")
        .help("The device is taken off and forgotten. With none left, a password alone opens the console.")
        .twin(format!("aws iam deactivate-mfa-device{} --serial-number {serial}", of.option()), "");
    let left = devices.len() - 1;
    let question = Confirm::new(
        frame,
        format!("{serial} is taken off and deleted: it is good for nothing any more."),
        "Remove device",
        of.base.clone(),
    );
    let left = match left {
        0 => "No other device is left: a password alone will do to sign in.".to_owned(),
        1 => "One other device is left.".to_owned(),
        more => format!("{more} other devices are left."),
    };
    question.evidence(left).typed("remove", "the word remove").or_do(request, || {
        request.query("DeactivateMFADevice", &of.given(&[("SerialNumber", serial)]))?;
        if !serial.contains(":u2f/") {
            request.query("DeleteVirtualMFADevice", &[("SerialNumber", serial)])?;
        }
        go(&of.base, "mfa-removed")
    })
}
