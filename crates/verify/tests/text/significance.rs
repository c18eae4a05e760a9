//! A recording of tests of significance, each small enough to be worked out by hand.

use serde_json::{Value, json};

/// Two systems that do not differ, so that every draw of their segments is the same, and tests by hand.
pub(crate) fn significance() -> Value {
    let segment = [4, 4, 4, 3, 2, 1, 4, 3, 2, 1];
    let texts = ["this is the end", "of all our tests"];
    let printed = |more: Value| {
        let mut printed = json!({"n": 3, "seed": 7, "base_score": 100.0, "sys_score": 100.0});
        printed["other_seeds"] = more;
        printed
    };
    let (mean, ci) = (
        json!({"sd": 0.0, "min": 100.0, "max": 100.0}),
        json!({"sd": 0.0, "min": 0.0, "max": 0.0}),
    );
    json!({
        "pairs": [{"name": "equal", "n": 2, "ref": texts, "base": texts, "sys": texts,
            "base_stats": [segment, segment], "sys_stats": [segment, segment],
            "bootstrap": printed(json!({"p_sd": 0.0, "p_min": 0.25, "p_max": 0.25, "base_mean": mean, "base_ci": ci,
                "sys_mean": mean, "sys_ci": ci})),
            "randomisation": printed(json!({"p_sd": 0.0, "p_min": 0.25, "p_max": 0.25}))}],
        "fixed_draws": [{"n": 2, "base_stats": [segment, segment], "sys_stats": [segment, segment],
            "bootstrap": {"indices": [[0, 0]], "base_scores": [100.0], "sys_scores": [100.0], "base_score": 100.0,
                "sys_score": 100.0, "base_mean": 100.0, "base_ci": 0.0, "sys_mean": 100.0, "sys_ci": 0.0,
                "base_sorted_low_index": 0, "base_sorted_high_index": 0, "count_greater": 0, "p_value": 0.5,
                "count_greater_centred": 0, "p_value_centred": 0.5},
            "randomisation": {"take_base": ["10"], "scores_a": [100.0], "scores_b": [100.0], "count_greater": 0,
                "p_value": 0.5}}],
        "exact_randomisation": [{"n": 1, "base_stats": [segment], "sys_stats": [segment], "difference": 0.0,
            "assignments": 2, "count_greater": 0, "count_equal": 2, "p_strict": 0.0, "p_at_least": 1.0}],
        "mcnemar": [
            {"both_right": 2, "base_only": 1, "sys_only": 0, "both_wrong": 1, "exact_p": 1.0, "mid_p": 0.5,
                "mid_p_fagerland": 0.5, "chi2": 1.0, "chi2_p": 0.317310507862914, "chi2_cc": 0.0, "chi2_cc_p": 1.0,
                "base_acc": 0.75, "sys_acc": 0.5},
            {"both_right": 1, "base_only": 0, "sys_only": 0, "both_wrong": 0, "exact_p": 1.0, "mid_p": 1.0,
                "mid_p_fagerland": 1.0, "chi2": null, "chi2_p": null, "chi2_cc": null, "chi2_cc_p": null,
                "base_acc": 1.0, "sys_acc": 1.0},
        ],
        "student_t": [{"sample": [1.0, 3.0], "n": 2, "mean": 2.0, "sd": 2.0_f64.sqrt(), "t975": 12.706204736174698,
            "half_width": 12.706204736174698, "low": -10.706204736174698, "high": 14.706204736174698}],
        "t_quantiles": [{"df": 1.0, "quantiles": {"0.75": 1.0}}],
        "t_tests": [{"base": [1.0, 2.0], "sys": [1.0, 2.0], "paired_t": 0.0, "paired_df": 1.0, "paired_p": 1.0,
            "mean_difference": 0.0, "difference_low": 0.0, "difference_high": 0.0, "welch_t": 0.0, "welch_df": 2.0,
            "welch_p": 1.0}],
        "holm": [{"p": [0.25, 0.01], "holm": [0.25, 0.02], "reject_at_05": [false, true],
            "bonferroni": [0.5, 0.02]}],
    })
}
