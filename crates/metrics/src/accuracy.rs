//! The share of predictions that equal their labels.

/// Why an accuracy could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccuracyError {
    /// There is nothing to take a share of.
    #[error("accuracy of no examples is undefined")]
    Empty,
    /// The two lists do not belong together.
    #[error("{predictions} predictions for {labels} labels")]
    LengthMismatch {
        /// Number of predictions.
        predictions: usize,
        /// Number of labels.
        labels: usize,
    },
}

/// The share of `predictions` equal to their `labels`, in 0..=1.
///
/// # Errors
/// The lists are empty or differ in length.
pub fn accuracy<T: PartialEq>(predictions: &[T], labels: &[T]) -> Result<f64, AccuracyError> {
    if predictions.len() != labels.len() {
        return Err(AccuracyError::LengthMismatch {
            predictions: predictions.len(),
            labels: labels.len(),
        });
    }
    if labels.is_empty() {
        return Err(AccuracyError::Empty);
    }
    let correct = predictions
        .iter()
        .zip(labels)
        .filter(|(prediction, label)| prediction == label)
        .count();
    Ok(correct as f64 / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_equal_pairs() {
        assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 2, 0]), Ok(0.75));
        assert_eq!(accuracy(&["neutral"], &["neutral"]), Ok(1.0));
        assert_eq!(accuracy(&[1, 1, 1], &[0, 0, 0]), Ok(0.0));
        // 2/3 has no exact binary64 form: the nearest one is expected.
        assert_eq!(accuracy(&[1, 1, 1], &[1, 1, 0]), Ok(0.666_666_666_666_666_6));
    }

    #[test]
    fn refuses_empty_and_unequal_lists() {
        assert_eq!(accuracy::<u8>(&[], &[]), Err(AccuracyError::Empty));
        let error = accuracy(&[1, 2], &[1]).unwrap_err();
        assert_eq!(error.to_string(), "2 predictions for 1 labels");
    }
}
