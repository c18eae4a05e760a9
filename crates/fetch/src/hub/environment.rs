//! The hub as the environment of its users describes it: `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN` and the like.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

const ENDPOINT: &str = "https://huggingface.co";

/// Where variables of the environment come from.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The hub, and the cache that is shared with its other programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Folder of the cache.
    pub cache: PathBuf,
    /// Address, without a slash at its end.
    pub endpoint: String,
    /// What shows the hub who asks.
    pub token: Option<String>,
    /// The variable that forbids the network, if one does.
    pub offline: Option<&'static str>,
}

impl Hub {
    /// As this process' environment says.
    pub fn from_environment() -> Self {
        Self::of(&|name| std::env::var_os(name))
    }

    /// As an environment says. Empty variables count as unset.
    pub fn of(environment: Environment<'_>) -> Self {
        let get = |name: &str| environment(name).filter(|value| !value.is_empty());
        let text = |name: &str| get(name).map(|value| value.to_string_lossy().trim().to_owned());
        let user = get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let user = user.or_else(std::env::home_dir).unwrap_or_default();
        let path = |name: &str| get(name).map(|value| expanded(Path::new(&value), &user));
        let home = path("HF_HOME").unwrap_or_else(|| {
            path("XDG_CACHE_HOME")
                .unwrap_or_else(|| user.join(".cache"))
                .join("huggingface")
        });
        let is_set = |name: &str| {
            let value = text(name).unwrap_or_default().to_ascii_uppercase();
            matches!(value.as_str(), "1" | "ON" | "YES" | "TRUE")
        };
        let token_file = path("HF_TOKEN_PATH").unwrap_or_else(|| home.join("token"));
        let token = if is_set("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            None
        } else {
            text("HF_TOKEN")
                .or_else(|| text("HUGGING_FACE_HUB_TOKEN"))
                .or_else(|| std::fs::read_to_string(token_file).ok())
        };
        let token = token.map(|token| token.trim().to_owned());
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        Self {
            cache: path("HF_HUB_CACHE")
                .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
                .unwrap_or_else(|| home.join("hub")),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.filter(|token| !token.is_empty()),
            offline: ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]
                .into_iter()
                .find(|name| is_set(name)),
        }
    }
}

/// `~` at the beginning is the user's folder, as the hub's own programs have it.
fn expanded(path: &Path, user: &Path) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => user.join(rest),
        Err(_) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(variables: &[(&str, &str)]) -> Hub {
        Hub::of(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(*value))
        })
    }

    #[test]
    fn the_cache_is_where_its_users_expect_it() {
        let cache = |variables: &[(&str, &str)]| {
            let all = [&[("HOME", "/home/me")], variables].concat();
            hub(&all).cache.display().to_string()
        };
        assert_eq!(cache(&[]), "/home/me/.cache/huggingface/hub");
        assert_eq!(cache(&[("XDG_CACHE_HOME", "/c")]), "/c/huggingface/hub");
        assert_eq!(cache(&[("HF_HOME", "/hf"), ("XDG_CACHE_HOME", "/c")]), "/hf/hub");
        assert_eq!(cache(&[("HF_HUB_CACHE", "/hub"), ("HF_HOME", "/hf")]), "/hub");
        assert_eq!(cache(&[("HF_HOME", "~/hf")]), "/home/me/hf/hub");
        assert_eq!(cache(&[("HF_HOME", "")]), "/home/me/.cache/huggingface/hub");
    }

    #[test]
    fn other_variables_mean_what_they_mean_to_the_hub_s_programs() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "from-file\n").unwrap();
        let home = home.path().to_str().unwrap();
        assert_eq!(hub(&[("HF_HOME", home)]).token.as_deref(), Some("from-file"));
        let both = [("HF_HOME", home), ("HF_TOKEN", "mine")];
        assert_eq!(hub(&both).token.as_deref(), Some("mine"));
        let off = [("HF_HOME", home), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")];
        assert_eq!(hub(&off).token, None);
        let endpoint = [("HF_ENDPOINT", "http://127.0.0.1:9/"), ("HF_HOME", "/none")];
        assert_eq!(hub(&endpoint).endpoint, "http://127.0.0.1:9");
        assert_eq!(hub(&endpoint).token, None);
        assert_eq!(hub(&[("HF_HUB_OFFLINE", "yes")]).offline, Some("HF_HUB_OFFLINE"));
        assert_eq!(hub(&[("HF_HUB_OFFLINE", "0")]).offline, None);
        assert_eq!(
            hub(&[("TRANSFORMERS_OFFLINE", "TRUE")]).offline,
            Some("TRANSFORMERS_OFFLINE")
        );
    }
}
