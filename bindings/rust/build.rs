//! Finds libnet_meshos: in the folder NET_MESHOS_LIB_DIR, in the crate itself, or with pkg-config, in this order.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    for variable in ["NET_MESHOS_LIB_DIR", "NET_MESHOS_STATIC", "PKG_CONFIG", "PKG_CONFIG_PATH"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=lib");
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation isn't linked
    }
    if let Some(folder) = env::var_os("NET_MESHOS_LIB_DIR") {
        return in_folder(Path::new(&folder));
    }
    let bundled = Path::new(&variable("CARGO_MANIFEST_DIR")).join("lib").join(variable("TARGET"));
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() && bundled.join("libnet_meshos.a").exists() {
        return archive(&bundled);
    }
    if let Err(why) = with_pkg_config() {
        panic!(
            "libnet_meshos is not to be found. Set NET_MESHOS_LIB_DIR to the folder that has it, or PKG_CONFIG_PATH to \
             the one of net_meshos.pc. ({why})"
        );
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// The shared library of a folder, or its archive where NET_MESHOS_STATIC says so, or where it has nothing else.
fn in_folder(folder: &Path) {
    let shared = folder.join("libnet_meshos.so").exists();
    if env::var_os("NET_MESHOS_STATIC").map_or(!shared, |set| set != "0") {
        return archive(folder);
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=dylib=net_meshos");
}

fn archive(folder: &Path) {
    let file = folder.join("libnet_meshos.a");
    assert!(file.exists(), "{} doesn't exist", file.display());
    println!("cargo:rerun-if-changed={}", file.display());
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static=net_meshos");
    println!("cargo:rustc-link-lib=dylib=pthread");
}

fn with_pkg_config() -> Result<(), String> {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let said = Command::new(&program)
        .args(["--libs", "net_meshos"])
        .output()
        .map_err(|e| format!("{}: {e}", program.to_string_lossy()))?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).trim().replace('\n', " "));
    }
    for word in String::from_utf8_lossy(&said.stdout).split_whitespace() {
        if let Some(folder) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(library) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib=dylib={library}");
        }
    }
    Ok(())
}
