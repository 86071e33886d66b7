//! Arithmetic of vectors.

/// Returns the vector of length 1 in the same direction; a zero vector stays as it is.
pub(super) fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let square = dot(&vector, &vector);
    if square >= f32::EPSILON && (square - 1.0).abs() > 1e-6 {
        let length = square.sqrt();
        vector.iter_mut().for_each(|number| *number /= length);
    }
    vector
}

/// Returns the dot product. It uses sixteen parallel sums, which the compiler keeps in vector registers.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (a, rest_a) = a.as_chunks::<LANES>();
    let (b, rest_b) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
