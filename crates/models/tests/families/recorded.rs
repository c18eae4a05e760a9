//! Scores of small encoders of every family and activation as transformers 5.24 computed them in double precision.
use bundle::encoder::{Activation, Family};
use bundle::weights::{Classifier, LoadReport};
use burn::tensor::Device;
use models::encoder::TokenBatch;
use models::weights::load_encoder;
use models::{Mode, Parameters, TensorOptions};

use crate::formula;

/// Scores of three examples for three classes.
type Scores = [[f64; 3]; 3];

const RECORDED: [(Family, Activation, Scores); 7] = [
    (
        Family::Bert,
        Activation::Gelu,
        [
            [
                0.006_925_524_460_278_942,
                -0.503_069_565_775_568_9,
                0.217_954_065_893_210_15,
            ],
            [
                0.167_371_511_717_420_26,
                -0.687_818_742_331_890_9,
                0.250_988_117_596_486_04,
            ],
            [
                0.103_649_203_429_001_3,
                -0.304_802_260_819_737_4,
                0.075_433_787_636_553,
            ],
        ],
    ),
    (
        Family::Bert,
        Activation::GeluTanh,
        [
            [
                0.006_903_701_640_752_158,
                -0.502_865_235_321_082,
                0.217_842_947_166_197_56,
            ],
            [
                0.167_367_179_258_250_87,
                -0.687_722_519_116_819_4,
                0.250_933_014_342_153_1,
            ],
            [
                0.103_656_717_477_174_39,
                -0.304_671_935_882_513_84,
                0.075_339_953_024_083_3,
            ],
        ],
    ),
    (
        Family::Bert,
        Activation::Relu,
        [
            [
                0.043_880_610_817_531_474,
                -0.595_297_927_866_081_4,
                0.267_242_758_226_187_4,
            ],
            [
                0.194_131_500_466_214,
                -0.739_840_806_799_265_3,
                0.270_325_788_852_824_43,
            ],
            [
                0.149_040_577_145_664_63,
                -0.478_214_072_478_688_5,
                0.191_321_429_005_774_3,
            ],
        ],
    ),
    (
        Family::Bert,
        Activation::Silu,
        [
            [
                -0.004_862_804_378_852_642,
                -0.396_864_065_380_752_53,
                0.157_367_270_897_223_47,
            ],
            [
                0.162_621_581_116_474_07,
                -0.626_726_346_509_029_6,
                0.214_301_521_262_270_3,
            ],
            [
                0.107_095_119_428_512_78,
                -0.218_396_599_386_872_64,
                0.011_294_844_900_322_648,
            ],
        ],
    ),
    (
        Family::Roberta,
        Activation::GeluTanh,
        [
            [
                0.012_997_887_165_362_376,
                -0.818_495_309_719_729_6,
                0.172_842_893_359_942_18,
            ],
            [
                0.057_547_189_317_635,
                -0.903_901_369_356_763_4,
                0.186_398_692_779_749_3,
            ],
            [
                0.034_341_920_483_065_92,
                -0.877_505_170_728_606_6,
                0.155_191_082_826_411_36,
            ],
        ],
    ),
    (
        Family::XlmRoberta,
        Activation::Relu,
        [
            [
                0.021_115_232_636_829_573,
                -0.775_485_600_058_206,
                0.157_087_252_804_148_87,
            ],
            [
                0.064_002_555_934_865_98,
                -0.851_100_092_529_151_6,
                0.166_032_971_911_475_48,
            ],
            [
                0.039_675_035_528_540_71,
                -0.829_061_387_576_536_1,
                0.133_634_841_304_146_7,
            ],
        ],
    ),
    (
        Family::DistilBert,
        Activation::Gelu,
        [
            [
                -0.023_884_536_493_750_788,
                -0.381_121_970_760_547_9,
                0.725_087_329_165_576_4,
            ],
            [
                -0.028_052_377_795_707_71,
                -0.544_527_571_487_405_9,
                0.782_232_952_243_646,
            ],
            [
                0.024_827_941_548_587_945,
                -0.574_070_312_207_022_6,
                0.828_994_562_187_574_5,
            ],
        ],
    ),
];

#[test]
fn every_family_gives_the_recorded_scores_on_every_way() {
    for (family, activation, want) in RECORDED {
        let folder = tempfile::tempdir().unwrap();
        let config = formula::config(family, activation);
        formula::write(folder.path(), &config);
        let double = TensorOptions::double(Device::flex());
        for options in [double.clone(), double.clone().plain(), double.packed()] {
            let (model, report) =
                load_encoder(folder.path(), &config, Classifier::AsStored, 1, &options).unwrap();
            assert_eq!(report, LoadReport::default());
            let mask: Vec<bool> = formula::MASK.concat().iter().map(|&token| token == 1).collect();
            let (ids, types) = (formula::IDS.concat(), formula::TYPES.concat());
            let types = if family == Family::DistilBert {
                vec![0; types.len()]
            } else {
                types
            };
            let batch = TokenBatch::new(&ids, &types, &mask, &[0; 3], &options);
            let scores = model.plain().forward(&batch, None, Mode::Evaluate);
            let scores = scores.try_into_vec_as::<f64>().unwrap();
            for (got, want) in scores.iter().zip(want.as_flattened()) {
                assert!(
                    (got - want).abs() < 1e-11,
                    "{family:?} {activation:?}: {got} {want}"
                );
            }
        }
    }
}
