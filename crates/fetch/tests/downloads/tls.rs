//! Encrypted connections: who is trusted, and that nothing leads away from them.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fetch::{Client, FetchError, Fetched, Silent, fetch_corpus};
use files::Hint;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{Reply, Server};
use crate::{PATIENCE, User, manifest_of, verified};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/server")
        .join(name)
}

/// A server that speaks TLS, as `localhost`.
fn encrypted() -> Server {
    let certificate = CertificateDer::from_pem_file(file("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    Server::answering(move |server, stream: TcpStream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        server.answer(&mut stream);
        stream.conn.send_close_notify();
        let _ = stream.conn.complete_io(&mut stream.sock);
    })
}

fn https(server: &Server, path: &str) -> String {
    server.elsewhere(path).replace("http://", "https://")
}

fn fetch(user: &User, url: String, trusted: bool) -> Result<Fetched, FetchError> {
    let certificates = file("certificate.pem");
    let client = Client::direct(PATIENCE, trusted.then_some(certificates.as_path())).unwrap();
    let manifest = manifest_of(&verified("a", &[url], b"text"));
    let (name, corpus) = manifest.corpus("small").unwrap();
    fetch_corpus(&client, &user.place(), name, corpus, false, &mut Silent)
}

#[test]
fn trusted_servers_are_asked_and_others_are_not() {
    let user = User::new();
    let server = encrypted();
    server.serve("/a", [Reply::file("text")]);
    let error = fetch(&user, https(&server, "/a"), false).unwrap_err();
    assert!(error.to_string().contains("no trusted connection"), "{error}");
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"), "{error}");
    assert!(server.seen().is_empty());
    fetch(&user, https(&server, "/a"), true).unwrap();
    assert_eq!(user.read("a"), b"text");
}

#[test]
fn what_is_encrypted_stays_so() {
    let user = User::new();
    let server = encrypted();
    server.serve("/safe", [Reply::redirect("/a")]);
    server.serve("/a", [Reply::file("text")]);
    server.serve("/open", [Reply::redirect(user.server.url("/a"))]);
    user.server.serve("/a", [Reply::file("text")]);
    let error = fetch(&user, https(&server, "/open"), true).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("redirects from https to http://127.0.0.1"),
        "{said}"
    );
    assert!(user.server.seen().is_empty());
    fetch(&user, https(&server, "/safe"), true).unwrap();
    std::fs::remove_dir_all(user.corpus()).unwrap();
    // From the open to the encrypted is no harm.
    user.server.serve("/up", [Reply::redirect(https(&server, "/a"))]);
    fetch(&user, user.server.url("/up"), true).unwrap();
}

#[test]
fn certificates_that_are_none_are_named() {
    let wrong = |path: &Path| Client::direct(PATIENCE, Some(path)).unwrap_err().to_string();
    let said = wrong(Path::new("/no/such/file"));
    assert!(
        said.starts_with("SSL_CERT_FILE names /no/such/file, which cannot be read"),
        "{said}"
    );
    let said = wrong(Path::new(file!()).parent().unwrap());
    assert!(said.contains("cannot be read"), "{said}");
    let none = tempfile::NamedTempFile::new().unwrap();
    assert!(wrong(none.path()).contains("holds no certificate"));
}
