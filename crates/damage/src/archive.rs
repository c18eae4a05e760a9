//! Entries of tar archives, as blocks of 512 bytes.

use std::ops::Range;

const BLOCK: usize = 512;
/// Bytes of the header that say how long the content is, and those of its checksum.
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;

/// Where an entry stands.
pub(crate) struct Member {
    pub(crate) header: Range<usize>,
    pub(crate) content: Range<usize>,
}

impl Member {
    /// The end of its last block.
    fn end(&self) -> usize {
        self.content.start + self.content.len().next_multiple_of(BLOCK)
    }
}

/// The entries of an archive, as far as it is whole.
pub(crate) fn members(archive: &[u8]) -> Vec<Member> {
    let (mut members, mut at) = (Vec::new(), 0);
    while let Some(header) = archive.get(at..at + BLOCK) {
        let digits = String::from_utf8_lossy(&header[SIZE]);
        let digits = digits.trim_matches(['\0', ' ']);
        let Ok(size) = usize::from_str_radix(digits, 8) else {
            break;
        };
        let content = at + BLOCK..at + BLOCK + size;
        let member = Member {
            header: at..at + BLOCK,
            content,
        };
        if member.end() > archive.len() {
            break;
        }
        at = member.end();
        members.push(member);
    }
    members
}

/// An entry by its number, counted from the start again beyond the last.
pub(crate) fn member(archive: &[u8], index: usize) -> Option<Member> {
    let mut members = members(archive);
    (!members.is_empty()).then(|| members.swap_remove(index % members.len()))
}

/// The archive with another content of an entry, whose header says its length.
pub(crate) fn with_content(archive: &[u8], index: usize, content: &[u8]) -> Vec<u8> {
    let Some(member) = member(archive, index) else {
        return archive.to_vec();
    };
    let mut header = archive[member.header.clone()].to_vec();
    header[SIZE].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    let padding = vec![0; content.len().next_multiple_of(BLOCK) - content.len()];
    [
        &archive[..member.header.start],
        &summed(&header),
        content,
        &padding,
        &archive[member.end()..],
    ]
    .concat()
}

/// The archive with another header of an entry, whose checksum fits.
pub(crate) fn with_header(archive: &[u8], index: usize, header: &[u8]) -> Vec<u8> {
    let Some(member) = member(archive, index) else {
        return archive.to_vec();
    };
    let mut block = header.to_vec();
    block.resize(BLOCK, 0);
    let (before, after) = (&archive[..member.header.start], &archive[member.header.end..]);
    [before, &summed(&block), after].concat()
}

fn summed(header: &[u8]) -> Vec<u8> {
    let mut header = header.to_vec();
    header[CHECKSUM].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
