//! The generator of a module with the crate's examples, so that they are compiled once and shown one by one. The
//! browser renders each example, with the data of the backend that serves the page.

use std::{env, error::Error, fs, path::Path};

const EXAMPLES: &str = "../examples";
/// The example that runs on a server.
const NATIVE: &str = "http_client";
/// The lines of an example that differ here, and their replacements.
const CHANGES: [(&str, &str); 6] = [
    ("\nfn main()", "\npub(crate) fn main()"),
    ("https://happy-animal-123.convex.cloud", ""),
    ("http://127.0.0.1:3210", ""),
    ("hydrate_body(App)", "mount_to_body(App)"),
    ("hydrate_islands()", "mount_to_body(Page)"),
    ("#[island]", "#[component]"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={EXAMPLES}");
    let out = env::var("OUT_DIR")?;
    let (mut modules, mut calls) = (String::new(), String::new());
    for entry in fs::read_dir(EXAMPLES)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name == NATIVE {
            continue;
        }
        let mut text = fs::read_to_string(&path)?;
        for (theirs, ours) in CHANGES {
            text = text.replace(theirs, ours);
        }
        let copy = Path::new(&out).join(format!("{name}.rs"));
        fs::write(&copy, text)?;
        modules.push_str(&format!("#[path = {copy:?}]\nmod {name};\n"));
        calls.push_str(&format!("        {name:?} => {name}::main(),\n"));
    }
    let show = format!(
        "/// Starts the example of this name.\npub(super) fn show(name: &str) {{\n    match name {{\n{calls}        _ => {{}}\n    }}\n}}\n"
    );
    fs::write(Path::new(&out).join("examples.rs"), modules + &show)?;
    Ok(())
}
