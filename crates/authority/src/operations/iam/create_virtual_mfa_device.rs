//! CreateVirtualMFADevice: a device that is nobody's yet. Its seed leaves here, as text and as a picture, in this
//! one reply, and never again.

use data_encoding::BASE32_NOPAD;
use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{
    CreateVirtualMFADeviceRequest, CreateVirtualMFADeviceResponse, VirtualMFADevice,
};
use keystead_core::{Arn, Quota, SecretBytes, SecretString, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::mfa_devices::{MfaDevice, seed_place};
use keystead_store::{OnConstraint, Tx};

use crate::mfa::qr_code;
use crate::tagging;

/// CreateVirtualMFADevice. Source: IAM API reference, CreateVirtualMFADevice.
pub struct CreateVirtualMfaDevice;

/// A device drawn, and what is shown of it.
pub struct Drawn {
    device: MfaDevice,
    base32_seed: SecretBytes,
    qr_code_png: SecretBytes,
    tags: Vec<Tag>,
}

/// 160 bits, as RFC 4226 recommends: as many as the hash has.
const SEED_BYTES: usize = 20;
/// What the model lets a serial number have: a longer one could never be named again.
const SERIAL_NUMBER_MAX: usize = 256;

impl Operation for CreateVirtualMfaDevice {
    type Input = CreateVirtualMFADeviceRequest;
    type Prepared = Drawn;
    type Output = CreateVirtualMFADeviceResponse;
    const NAME: &'static str = "CreateVirtualMFADevice";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let path = input.path.as_deref().unwrap_or("/");
        Ok(Arn::mfa_device(cx.account(), path, &input.virtual_mfa_device_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Drawn> {
        tagging::authorize(cx, "iam:TagMFADevice", &Self::resource(cx, &input)?, &input.tags)?;
        let (path, name) = (input.path.unwrap_or_else(|| "/".to_owned()), input.virtual_mfa_device_name);
        check_path(&path)?;
        let serial_number = Arn::mfa_device(cx.account(), &path, &name).to_string();
        if serial_number.len() > SERIAL_NUMBER_MAX {
            return Err(Fault::ValidationError(format!(
                "The serial number {serial_number} has more than {SERIAL_NUMBER_MAX} characters. Shorten path or name."
            )));
        }
        let mut seed = vec![0; SEED_BYTES];
        cx.rng().fill(&mut seed);
        let seed = SecretBytes::new(seed);
        let base32 = SecretString::new(BASE32_NOPAD.encode(seed.expose()));
        let place = seed_place(cx.account(), &serial_number, cx.now);
        let device = MfaDevice {
            account: cx.account(),
            seed_sealed: cx.sealer().seal(&place, seed.expose(), cx.rng())?,
            serial_number,
            assignment: None,
            drift: 0,
            last_step: 0,
            created_at: cx.now,
        };
        Ok(Drawn {
            qr_code_png: qr_code::png(cx.account(), &name, base32.expose())?,
            base32_seed: base32.expose().as_bytes().to_vec().into(),
            device,
            tags: tagging::read(input.tags)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<CreateVirtualMFADeviceResponse> {
        let Drawn { device, base32_seed, qr_code_png, tags } = drawn;
        let exists = || Fault::EntityAlreadyExists(text::MFA_DEVICE_EXISTS.to_owned());
        let count = tx.mfa_devices().insert(device).on_constraint("mfa_devices_pkey", exists)?;
        cx.check_quota(Quota::MfaDevices, count)?;
        tagging::put(tx, cx, &device.serial_number, tags)?;
        Ok(CreateVirtualMFADeviceResponse {
            virtual_mfa_device: VirtualMFADevice {
                serial_number: device.serial_number.clone(),
                base32_string_seed: Some(base32_seed.clone()),
                qr_code_png: Some(qr_code_png.clone()),
                tags: tagging::all(tx, cx, &device.serial_number)?,
                ..Default::default()
            },
        })
    }
}

/// The characters are the model's; what is said to others was recorded from AWS.
fn check_path(path: &str) -> Result<()> {
    let whole = path.starts_with('/') && path.ends_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
    if whole { Ok(()) } else { Err(Fault::ValidationError(text::PATH_NOT_VALID.to_owned())) }
}
