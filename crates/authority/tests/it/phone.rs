//! Virtual MFA devices as their owners carry them: a seed, and the codes that it makes.

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, BASE64};
use keystead_core::AccountId;
use serde_json::json;

use crate::answer::Answer;
use crate::requests::Request;
use crate::world::{Key, World};

pub(crate) const ROOT_DEVICES: &str = "/api/v1/root/mfa-devices";

/// A device.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) serial_number: String,
    pub(crate) seed: Vec<u8>,
}

impl Phone {
    /// Takes up the seed in a reply of CreateVirtualMFADevice.
    pub(crate) fn of(made: &Answer) -> Self {
        Self {
            serial_number: made.text("VirtualMFADevice/SerialNumber"),
            seed: BASE32_NOPAD.decode(&blob(made, "Base32StringSeed")).expect("a seed is base32"),
        }
    }

    /// Makes a device in the account of `root`.
    pub(crate) fn new(world: &World, root: &Key, name: &str) -> Self {
        let name = [("VirtualMFADeviceName", name)];
        Self::of(&world.call(root, "CreateVirtualMFADevice", &name).expect_done())
    }

    /// Makes a device and gives it to a user.
    pub(crate) fn of_user(world: &World, root: &Key, user: &str, name: &str) -> Self {
        let phone = Self::new(world, root, name);
        phone.enable(world, root, user, step(world) - 1).expect_done();
        phone
    }

    /// A device that was never made.
    fn unmade(account: AccountId, name: &str) -> Self {
        Self { serial_number: format!("arn:aws:iam::{account}:mfa/{name}"), seed: Vec::new() }
    }

    /// The code of a step, RFC 6238.
    pub(crate) fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.seed);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let start = usize::from(tag.as_ref()[19] & 15);
        let word: [u8; 4] = tag.as_ref()[start..start + 4].try_into().unwrap();
        format!("{:06}", (u32::from_be_bytes(word) & (u32::MAX >> 1)) % 1_000_000)
    }

    /// The codes of a step and of the next.
    pub(crate) fn codes(&self, step: i64) -> [String; 2] {
        [self.code(step), self.code(step + 1)]
    }

    /// Enables the device for a user with the codes of a step and the next.
    pub(crate) fn enable(&self, world: &World, key: &Key, user: &str, step: i64) -> Answer {
        self.show(world, key, "EnableMFADevice", user, &self.codes(step))
    }

    /// Resynchronises it.
    pub(crate) fn resync(&self, world: &World, key: &Key, user: &str, step: i64) -> Answer {
        self.show(world, key, "ResyncMFADevice", user, &self.codes(step))
    }

    /// Calls an operation that asks for two codes.
    pub(crate) fn show(
        &self,
        world: &World,
        key: &Key,
        action: &str,
        user: &str,
        [one, two]: &[String; 2],
    ) -> Answer {
        let params = [
            ("UserName", user),
            ("SerialNumber", &*self.serial_number),
            ("AuthenticationCode1", one),
            ("AuthenticationCode2", two),
        ];
        world.call(key, action, &params)
    }

    /// The same for the root user, over the REST API.
    pub(crate) fn show_of_root(&self, world: &World, key: &Key, path: &str, step: i64) -> Answer {
        world.rest(key, "POST", path, Some(&self.root_input(step)))
    }

    fn root_input(&self, step: i64) -> serde_json::Value {
        let [one, two] = self.codes(step);
        json!({
            "serial_number": self.serial_number, "authentication_code1": one, "authentication_code2": two,
        })
    }
}

/// A member of the device in a reply that is bytes.
pub(crate) fn blob(made: &Answer, member: &str) -> Vec<u8> {
    let text = made.text(&format!("VirtualMFADevice/{member}"));
    BASE64.decode(text.as_bytes()).expect("bytes are base64")
}

/// The present step.
pub(crate) fn step(world: &World) -> i64 {
    world.now().secs() / 30
}

/// Devices in every state that a request may need.
#[derive(Clone)]
pub(crate) struct Phones {
    enabled: Phone,
    spare: Phone,
    old: Phone,
    of_root: Phone,
    spare_of_root: Phone,
    step: i64,
}

impl Phones {
    /// Makes them for a user and for the root user.
    pub(crate) fn new(world: &World, root: &Key, user: &str) -> Self {
        let made = |name: &str| Phone::new(world, root, &format!("{user}-{name}"));
        let step = step(world);
        let (enabled, of_root) = (made("enabled"), made("of-root"));
        enabled.enable(world, root, user, step - 1).expect_done();
        of_root.show_of_root(world, root, ROOT_DEVICES, step - 1).expect_done();
        let (spare, old, spare_of_root) = (made("spare"), made("old"), made("spare-of-root"));
        Self { enabled, spare, old, of_root, spare_of_root, step }
    }

    /// Such as were never made.
    pub(crate) fn unmade(account: AccountId, user: &str) -> Self {
        let unmade = |name: &str| Phone::unmade(account, &format!("{user}-{name}"));
        let (enabled, of_root) = (unmade("enabled"), unmade("of-root"));
        let (spare, old, spare_of_root) = (unmade("spare"), unmade("old"), unmade("spare-of-root"));
        Self { enabled, spare, old, of_root, spare_of_root, step: 0 }
    }

    /// A right request of an operation about them; none for any other operation.
    pub(crate) fn request(&self, operation: &'static str, user: &str) -> Option<Request> {
        let user_name = ("UserName", user.to_owned());
        let serial = |phone: &Phone| ("SerialNumber", phone.serial_number.clone());
        let pair = |phone: &Phone, step: i64| {
            let [one, two] = phone.codes(step);
            vec![user_name.clone(), serial(phone), ("AuthenticationCode1", one), ("AuthenticationCode2", two)]
        };
        let params = match operation {
            "CreateVirtualMFADevice" => vec![("VirtualMFADeviceName", format!("{user}-2"))],
            "DeleteVirtualMFADevice" => vec![serial(&self.old)],
            "EnableMFADevice" => pair(&self.spare, self.step - 1),
            "ResyncMFADevice" => pair(&self.enabled, self.step + 1),
            "DeactivateMFADevice" | "GetMFADevice" => vec![user_name, serial(&self.enabled)],
            "ListMFADevices" => vec![user_name],
            "ListVirtualMFADevices" => vec![],
            "ListMFADeviceTags" => vec![serial(&self.enabled)],
            "TagMFADevice" => vec![
                serial(&self.enabled),
                ("Tags.member.1.Key", "team".to_owned()),
                ("Tags.member.1.Value", "red".to_owned()),
            ],
            "UntagMFADevice" => vec![serial(&self.enabled), ("TagKeys.member.1", "team".to_owned())],
            _ => return self.rest(operation),
        };
        Some(Request::Query { action: operation, params })
    }

    fn rest(&self, operation: &str) -> Option<Request> {
        let (path, input) = match operation {
            "EnableRootMFADevice" => (ROOT_DEVICES.to_owned(), self.spare_of_root.root_input(self.step - 1)),
            "ResyncRootMFADevice" => {
                (format!("{ROOT_DEVICES}/resync"), self.of_root.root_input(self.step + 1))
            }
            _ => return None,
        };
        Some(Request::Rest { method: "POST", path, input: Some(input) })
    }
}
