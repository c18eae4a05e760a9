//! The archive of IWSLT 2014, de-en.tgz, with sentences of its own.

use std::fs;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Sentences of the training text beside the title and the description; every 23rd pair goes to the validation set.
const SENTENCES: usize = 100;
/// Pairs of all test sets together.
pub(crate) const TEST_PAIRS: usize = 7;

/// The test sets, with their segments.
const TEST_SETS: [(&str, usize); 5] = [
    ("TED.dev2010", 2),
    ("TEDX.dev2012", 1),
    ("TED.tst2010", 2),
    ("TED.tst2011", 1),
    ("TED.tst2012", 1),
];

const SUBJECTS: [[&str; 2]; 5] = [
    ["Die alte Mühle", "The old mill"],
    ["Mein Vater", "My father"],
    ["Dr. Müller", "Dr. Miller"],
    ["Das, was ich meine,", "What I mean"],
    ["Niemand", "Nobody"],
];

const ENDS: [[&str; 2]; 4] = [
    ["steht am Fluss, z.B. hier.", "stands by the river, e.g. here."],
    ["dreht sich \"langsam\".", "is turning \"slowly\"."],
    ["war's nicht wert -- oder?", "wasn't worth it -- was it?"],
    ["kostet 3,50 Euro!", "costs 3.50 euros!"],
];

/// Writes the archive.
pub(crate) fn write(path: &Path) {
    let file = fs::File::create(path).unwrap();
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    member(&mut archive, "README", "A stand-in for tests.\n");
    for (side, code) in ["de", "en"].into_iter().enumerate() {
        let sentences: String = (0..SENTENCES).map(|n| sentence(n, side) + "\n").collect();
        let talk = format!(
            "<url>http://www.ted.com/talks/{code}.html</url>\n<keywords>talks, mills</keywords>\n<talkid>1</talkid>\n\
             <title>{}</title>\n<description>TED Talk: {}</description>\n{sentences}",
            SUBJECTS[0][side],
            sentence(1, side)
        );
        member(&mut archive, &format!("train.tags.de-en.{code}"), &talk);
        let mut number = 0;
        for (set, segments) in TEST_SETS {
            let mut xml = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mteval>\n<srcset setid=\"{set}\" srclang=\"german\">\n\
                 <doc docid=\"1\" genre=\"lectures\">\n<title>Mills</title>\n"
            );
            for segment in 1..=segments {
                xml += &format!("<seg id=\"{segment}\"> {} </seg>\n", sentence(number, side));
                number += 1;
            }
            xml += "</doc>\n</srcset>\n</mteval>\n";
            member(&mut archive, &format!("IWSLT14.{set}.de-en.{code}.xml"), &xml);
        }
        assert_eq!(number, TEST_PAIRS);
    }
    archive.into_inner().unwrap().finish().unwrap();
}

/// One side of a pair.
pub(crate) fn sentence(number: usize, side: usize) -> String {
    let subject = SUBJECTS[number % SUBJECTS.len()][side];
    let end = ENDS[number / SUBJECTS.len() % ENDS.len()][side];
    format!("{subject} {end}")
}

fn member(archive: &mut tar::Builder<impl std::io::Write>, name: &str, text: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let path = format!("de-en/{name}");
    archive.append_data(&mut header, path, text.as_bytes()).unwrap();
}
