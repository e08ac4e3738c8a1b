//! The picture of a challenge: its letters, each slanted, swung and moved by chance, with strokes across. It keeps off
//! what is not worth a better reader; the budget of letters keeps off the rest.

use keystead_aws::error::{Fault, Result};
use keystead_core::Rng;

use super::font;

/// Width and height in pixels.
const SIZE: (usize, usize) = (260, 80);
/// Pixels to a square of a letter.
const SCALE: f64 = 6.0;
const WHITE: u8 = 255;
const INK: u8 = 40;
const STROKE: u8 = 120;

/// A PNG of the letters.
pub(super) fn draw(letters: &str, rng: &dyn Rng) -> Result<Vec<u8>> {
    let mut pixels = vec![WHITE; SIZE.0 * SIZE.1];
    for _ in 0..4 {
        let (from, to) = (chance(rng) * SIZE.1 as f64, chance(rng) * SIZE.1 as f64);
        let swing = chance(rng) * 14.0;
        for x in 0..SIZE.0 {
            let along = x as f64 / SIZE.0 as f64;
            let y = from + (to - from) * along + swing * (along * 9.0).sin();
            dot(&mut pixels, x as f64, y, 1.6, STROKE);
        }
    }
    for (at, letter) in letters.bytes().enumerate() {
        let left = 14.0 + at as f64 * 40.0 + chance(rng) * 6.0;
        let top = 14.0 + chance(rng) * 14.0;
        let (slant, swing) = (chance(rng) * 0.5 - 0.25, chance(rng) * 6.0);
        for (row, bits) in font::rows(letter).into_iter().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let y = row as f64 * SCALE;
                let x = f64::from(column) * SCALE - slant * y + (y / 12.0 + swing).sin() * 3.0;
                dot(&mut pixels, left + x, top + y, 3.4, INK);
            }
        }
    }
    encode(&pixels).map_err(Fault::internal)
}

/// A number from 0 to 1.
fn chance(rng: &dyn Rng) -> f64 {
    let mut byte = [0];
    rng.fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

/// A round spot.
fn dot(pixels: &mut [u8], x: f64, y: f64, radius: f64, ink: u8) {
    let reach = radius.ceil() as i64;
    for (down, right) in (-reach..=reach).flat_map(|down| (-reach..=reach).map(move |right| (down, right))) {
        let (px, py) = (x as i64 + right, y as i64 + down);
        let is_inside = (right * right + down * down) as f64 <= radius * radius;
        let fits = (0..SIZE.0 as i64).contains(&px) && (0..SIZE.1 as i64).contains(&py);
        if is_inside
            && fits
            && let Some(pixel) = pixels.get_mut(py as usize * SIZE.0 + px as usize)
        {
            *pixel = (*pixel).min(ink);
        }
    }
}

fn encode(pixels: &[u8]) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIZE.0 as u32, SIZE.1 as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
