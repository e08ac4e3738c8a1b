//! A seed as a picture, for an application to take up with a camera.

use keystead_aws::error::{Fault, Result};
use keystead_aws::percent_encode;
use keystead_core::{AccountId, SecretBytes};
use qrcode::{Color, QrCode};

/// Pixels to a module.
const SCALE: usize = 5;
/// Modules of white around, as the standard wants them.
const QUIET_ZONE: usize = 4;
const WHITE: u8 = 255;

/// A PNG of the `otpauth` address of a seed. The device has no user yet, so it goes by its own name.
pub(crate) fn png(account: AccountId, device_name: &str, base32_seed: &str) -> Result<SecretBytes> {
    let name = percent_encode(device_name);
    let address = format!("otpauth://totp/Keystead:{name}@{account}?secret={base32_seed}&issuer=Keystead");
    let code = QrCode::new(address).map_err(Fault::internal)?;
    draw(&code).map(SecretBytes::new).map_err(Fault::internal)
}

/// One byte a pixel.
fn draw(code: &QrCode) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let modules = code.width();
    let side = (modules + 2 * QUIET_ZONE) * SCALE;
    let mut pixels = vec![WHITE; side * side];
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (left, top) = ((at % modules + QUIET_ZONE) * SCALE, (at / modules + QUIET_ZONE) * SCALE);
            for line in top..top + SCALE {
                pixels[line * side + left..][..SCALE].fill(0);
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}
