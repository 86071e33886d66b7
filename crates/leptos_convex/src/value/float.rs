//! Numbers in JSON.

/// Powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Integers up to here are exact as floats.
const EXACT: u64 = 1 << 53;

/// A number as it is written: its digits, and the power of ten that multiplies them.
struct Written {
    negative: bool,
    mantissa: u64,
    exponent: i32,
    /// The length of the number's text.
    end: usize,
}

/// Returns the length of the number at the beginning of `text`; `None` in the same cases as [`read`].
pub(super) fn skip(text: &str) -> Option<usize> {
    let written = scan(text)?;
    // Such a number cannot be too large for a float. Parsing it in the browser would be many times slower than this
    // check.
    if written.end < 100 && written.exponent < 200 {
        return Some(written.end);
    }
    read(text).map(|(end, _)| end)
}

/// Returns the number at the beginning of `text`, and its length. Returns `None` if there is no number, or if it is too
/// large for a float.
pub(super) fn read(text: &str) -> Option<(usize, f64)> {
    let Written {
        negative,
        mantissa,
        exponent,
        end,
    } = scan(text)?;
    let number = match (mantissa, POWERS.get(exponent.unsigned_abs() as usize)) {
        // Both are exact, so there is one rounding, and the result is the float nearest to the text.
        #[expect(clippy::cast_precision_loss, reason = "checked to be exact")]
        (..=EXACT, Some(power)) => {
            let mantissa = if negative {
                -(mantissa as f64)
            } else {
                mantissa as f64
            };
            if exponent < 0 {
                mantissa / power
            } else {
                mantissa * power
            }
        }
        _ => platform::parse(&text[..end])?,
    };
    number.is_finite().then_some((end, number))
}

fn scan(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let negative = byte(0) == b'-';
    let mut at = usize::from(negative);
    let mut mantissa = 0_u64;
    let mut digits = |at: &mut usize| {
        let start = *at;
        while byte(*at).is_ascii_digit() {
            // A number that is too large once stays too large.
            mantissa = mantissa
                .saturating_mul(10)
                .saturating_add(u64::from(byte(*at) - b'0'));
            *at += 1;
        }
        *at - start
    };
    let start = at;
    let whole = digits(&mut at);
    if whole == 0 || (whole > 1 && byte(start) == b'0') {
        return None;
    }
    let mut exponent = 0_i32;
    if byte(at) == b'.' {
        at += 1;
        let fraction = digits(&mut at);
        if fraction == 0 {
            return None;
        }
        exponent = -i32::try_from(fraction).ok()?;
    }
    if matches!(byte(at), b'e' | b'E') {
        let sign = usize::from(matches!(byte(at + 1), b'+' | b'-'));
        let start = at + 1 + sign;
        let length = bytes
            .get(start..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            return None;
        }
        let shift: i32 = text[start..start + length].parse().unwrap_or(i32::MAX / 2);
        exponent = exponent.saturating_add(if byte(at + 1) == b'-' { -shift } else { shift });
        at = start + length;
    }
    Some(Written {
        negative,
        mantissa,
        exponent,
        end: at,
    })
}

/// Writes a finite number as JavaScript does (`Number::toString` of ECMAScript): the shortest digits that parse to
/// the same number, with an exponent from 1e21 on and below 1e-6.
pub(super) fn print(n: f64) -> String {
    platform::print(n)
}

/// The browser has an exact parser and an exact printer, which add nothing to the download.
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
mod platform {
    pub(super) fn parse(text: &str) -> Option<f64> {
        Some(js_sys::parse_float(text))
    }

    pub(super) fn print(n: f64) -> String {
        let text = js_sys::Number::from(n).to_string_with_radix(10);
        text.map(String::from).unwrap_or_default()
    }
}

#[cfg(not(all(target_arch = "wasm32", feature = "browser")))]
mod platform {
    pub(super) fn parse(text: &str) -> Option<f64> {
        text.parse().ok()
    }

    pub(super) fn print(n: f64) -> String {
        let mut out = String::new();
        if n == 0.0 {
            return "0".to_owned();
        }
        if n < 0.0 {
            out.push('-');
        }
        let scientific = format!("{:e}", n.abs());
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        write_digits(&digits, point, &mut out);
        out
    }

    /// Writes `0.digits × 10^point`.
    fn write_digits(digits: &str, point: i32, out: &mut String) {
        let len = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        if (len..=21).contains(&point) {
            out.push_str(digits);
            push_zeros(point - len, out);
        } else if (1..=21).contains(&point) {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        } else if (-5..=0).contains(&point) {
            out.push_str("0.");
            push_zeros(-point, out);
            out.push_str(digits);
        } else {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push_str(if point > 0 { "e+" } else { "e-" });
            out.push_str(&(point - 1).abs().to_string());
        }
    }

    fn push_zeros(count: i32, out: &mut String) {
        for _ in 0..count {
            out.push('0');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::read;

    #[test]
    fn only_json_numbers_are_accepted() {
        for (text, length) in [("0", 1), ("-0.5e+3,", 7), ("1]", 1), ("12e2", 4)] {
            assert_eq!(read(text).map(|(length, _)| length), Some(length), "{text}");
        }
        for text in ["", "-", "01", ".5", "1.", "1e", "1e+", "+1", "NaN", "1e400"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_parsed_exactly(text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,22})?([eE][+-]?[0-9]{1,2})?") {
            let exact: f64 = text.parse().expect("is a number");
            let (length, number) = read(&text).expect("is a number");
            prop_assert_eq!((length, number.to_bits()), (text.len(), exact.to_bits()));
        }

        #[test]
        fn every_float_survives_printing_and_parsing(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            for text in [format!("{float}"), format!("{float:e}")] {
                prop_assert_eq!(read(&text).map(|(_, float)| float.to_bits()), Some(bits));
            }
        }
    }
}
