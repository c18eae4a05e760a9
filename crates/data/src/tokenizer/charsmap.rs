//! The table of SentencePiece's normalisation (`precompiled_charsmap`): whether every text can be looked up in it.
//!
//! It is a number of bytes, a double-array trie of so many bytes, in units of 32 bits, and texts that end in NUL, to which
//! the trie's leaves point. The library that looks texts up takes for granted that every step stays within it.

/// Bit of a unit that says that a leaf follows.
const HAS_LEAF: u32 = 1 << 8;
/// Bits of a leaf that are its value.
const VALUE: u32 = (1 << 31) - 1;
/// Bits of a unit that are its label, with the one by which a leaf is told from it.
const LABEL: u32 = (1 << 31) | 0xff;

/// Refuses a table in which a text could lead out of the trie or out of the texts.
pub(super) fn check(table: &str) -> Result<(), String> {
    let bytes = base64::decode(table).map_err(|error| format!("is no base64: {error}"))?;
    let short = "ends before its trie does";
    let (size, rest) = bytes.split_first_chunk::<4>().ok_or(short)?;
    let units = u32::from_le_bytes(*size) as usize / 4;
    let (trie, texts) = rest.split_at_checked(units * 4).ok_or(short)?;
    let trie: Vec<u32> = trie
        .as_chunks::<4>()
        .0
        .iter()
        .map(|unit| u32::from_le_bytes(*unit))
        .collect();
    let texts = std::str::from_utf8(texts).map_err(|_| "has texts that are not UTF-8")?;
    check_steps(&trie, texts)
}

/// Goes every way through the trie that some text goes.
fn check_steps(trie: &[u32], texts: &str) -> Result<(), String> {
    let leads_out = || "has a trie that leads out of itself".to_owned();
    let mut seen = vec![false; trie.len()];
    let root = *trie.first().ok_or_else(leads_out)?;
    let mut nodes = vec![offset(root)];
    while let Some(node) = nodes.pop() {
        // A node is a place from which the next bytes of a text are looked up; it can lie beyond the units only if no byte
        // leads there.
        match seen.get_mut(node) {
            Some(seen) if *seen => continue,
            Some(seen) => *seen = true,
            None => return Err(leads_out()),
        }
        for byte in 1..=u8::MAX {
            let place = node ^ usize::from(byte);
            let unit = *trie.get(place).ok_or_else(leads_out)?;
            if unit & LABEL != u32::from(byte) {
                continue;
            }
            let next = place ^ offset(unit);
            if unit & HAS_LEAF != 0 {
                let leaf = *trie.get(next).ok_or_else(leads_out)?;
                if !texts.is_char_boundary((leaf & VALUE) as usize) {
                    return Err("has a trie that leads out of its texts".to_owned());
                }
            }
            nodes.push(next);
        }
    }
    Ok(())
}

/// How far the units of the next bytes are from a unit's own place.
fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trie in which the byte `a` leads to a leaf.
    fn table(leaf: u32, texts: &[u8]) -> String {
        let mut trie = vec![0_u32; 256];
        // The next bytes are looked up from place 2 on, those after `a` from place 2 ^ 97 ^ 98 = 1 on.
        trie[0] = 2 << 10;
        trie[2 ^ 97] = (98 << 10) | HAS_LEAF | 97;
        trie[1] = leaf | (1 << 31);
        let units = trie.iter().flat_map(|unit| unit.to_le_bytes());
        let size = 1024_u32.to_le_bytes();
        let bytes: Vec<u8> = size
            .into_iter()
            .chain(units)
            .chain(texts.iter().copied())
            .collect();
        base64::encode(bytes)
    }

    #[test]
    fn a_table_is_whole_or_refused() {
        assert_eq!(check(&table(0, b"b\0")), Ok(()));
        assert_eq!(check(&table(2, b"b\0")), Ok(()));
        assert_eq!(
            check(&table(3, b"b\0")),
            Err("has a trie that leads out of its texts".to_owned())
        );
        assert!(
            check(&table(1, "é\0".as_bytes()))
                .unwrap_err()
                .contains("out of its texts")
        );
        assert!(check(&table(0, b"\xff\0")).unwrap_err().contains("UTF-8"));
        assert!(check("x!").unwrap_err().contains("base64"));
        let cut = |size: usize| base64::encode(&base64::decode(table(0, b"b\0")).unwrap()[..size]);
        for size in [0, 3, 4, 1000] {
            assert!(check(&cut(size)).unwrap_err().contains("ends before"), "{size}");
        }
        // A trie without units, and one that is too short for the bytes after its root.
        assert!(
            check(&base64::encode([0; 4]))
                .unwrap_err()
                .contains("leads out of itself")
        );
        let mut short = base64::decode(table(0, b"")).unwrap();
        short.drain(400..);
        short[..4].copy_from_slice(&396_u32.to_le_bytes());
        assert!(
            check(&base64::encode(short))
                .unwrap_err()
                .contains("leads out of itself")
        );
    }
}
