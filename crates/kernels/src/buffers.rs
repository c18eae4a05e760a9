//! Buffers that are given back and taken again, so that an update finds its memory where the last one left it.
//!
//! Fresh memory is dear: the system clears each page when it is first touched. A buffer enters the pool only after use, so
//! as long as what is given back was taken here, the pool holds no more than what was in use at once.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::Real;

/// Buffers below this many elements are left to the allocator, which keeps such sizes at hand itself.
const SMALLEST: usize = 1 << 10;

/// Buffers of one type by capacity.
type Shelf = BTreeMap<usize, Vec<Box<dyn Any + Send>>>;

static POOL: LazyLock<Mutex<HashMap<TypeId, Shelf>>> = LazyLock::new(Mutex::default);

/// A buffer of `length` numbers of no meaning, to be overwritten.
pub fn take<T: Real>(length: usize) -> Vec<T> {
    if length < SMALLEST {
        return vec![T::ZERO; length];
    }
    let found = {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        pool.get_mut(&TypeId::of::<T>()).and_then(|shelf| {
            // Batches differ in length: a longer one's buffers serve a shorter one, so that the pool stays at what the
            // longest needs.
            let capacity = *shelf.range(length..=2 * length).next()?.0;
            let buffers = shelf.get_mut(&capacity)?;
            let buffer = buffers.pop();
            if buffers.is_empty() {
                shelf.remove(&capacity);
            }
            buffer
        })
    };
    match found.and_then(|buffer| buffer.downcast::<Vec<T>>().ok()) {
        Some(buffer) => {
            let mut buffer = *buffer;
            buffer.resize(length, T::ZERO);
            buffer
        }
        None => {
            let mut buffer = vec![T::ZERO; class(length)];
            buffer.truncate(length);
            buffer
        }
    }
}

/// The capacity for `length` numbers: one of eight sizes between two powers of two. Pages behind the length are never
/// touched and so cost no memory.
fn class(length: usize) -> usize {
    length.next_multiple_of(1 << (length.ilog2() - 3))
}

/// A buffer of `length` zeros.
pub fn zeros<T: Real>(length: usize) -> Vec<T> {
    let mut buffer = take(length);
    buffer.fill(T::ZERO);
    buffer
}

/// Gives a buffer back for later use.
pub fn give<T: Real>(buffer: Vec<T>) {
    if buffer.capacity() >= SMALLEST {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = pool.entry(TypeId::of::<T>()).or_default();
        shelf.entry(buffer.capacity()).or_default().push(Box::new(buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_at_the_length_asked_for() {
        // A length that no other test takes: the pool is shared by the process.
        let length = 77_777_777;
        let mut buffer = take::<f64>(length);
        buffer.fill(3.0);
        let place = buffer.as_ptr();
        give(buffer);
        let again = take::<f64>(length - 100);
        assert_eq!((again.as_ptr(), again.len()), (place, length - 100));
        give(again);
        let cleared = zeros::<f64>(length);
        assert_eq!(cleared.as_ptr(), place);
        assert!(cleared.iter().all(|&number| number == 0.0));
        let other = take::<f64>(length);
        assert_ne!(other.as_ptr(), place, "it is out");
    }
}
