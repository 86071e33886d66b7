//! The command on the data of an app that is not running.

use std::process::Command;

use crate::command_line::node_modules;
use crate::snapshots::run_with;

#[test]
fn a_command_on_the_data_of_a_stopped_app_runs_none_of_its_functions() {
    let dir = tempfile::tempdir().unwrap();
    let [data, convex] = ["data", "convex"].map(|name| dir.path().join(name));
    std::fs::create_dir(&convex).unwrap();
    std::os::unix::fs::symlink(node_modules(), dir.path().join("node_modules")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write(
        "convex/ticks.ts",
        "import { internalMutationGeneric } from 'convex/server';
         if (process.env.NEEDED === undefined) throw new Error('NEEDED is not set');
         export const tick = internalMutationGeneric((ctx) => ctx.db.insert('ticks', {}));",
    );
    write(
        "convex/crons.ts",
        "import { anyApi, cronJobs } from 'convex/server';
         const crons = cronJobs();
         crons.interval('tick', { seconds: 1 }, anyApi.ticks.tick);
         export default crons;",
    );
    write(
        "convex/convex.config.ts",
        "import { defineApp } from 'convex/server'; import { v } from 'convex/values';
         export default defineApp({ env: { NEEDED: v.string() } });",
    );
    write(
        "convex/schema.ts",
        "import { defineSchema, defineTable } from 'convex/server'; import { v } from 'convex/values';
         export default defineSchema({ notes: defineTable({ text: v.string() }), ticks: defineTable({}) });",
    );
    write("good.jsonl", r#"{"text":"tea"}"#);
    write("bad.jsonl", r#"{"text":1}"#);
    let run = |arguments: &[&str]| run_with(&convex, &data, dir.path(), arguments);

    let (ok, said) = run(&["import", "good.jsonl", "--table", "notes"]);
    assert!(ok, "{said}");
    let (ok, said) = run(&["import", "bad.jsonl", "--table", "notes", "--append"]);
    assert!(
        !ok && said.contains("does not match"),
        "the schema is enforced: {said}"
    );
    for arguments in [
        &["export"][..],
        &["env", "set", "A", "b"],
        &["data", "notes"],
    ] {
        let (ok, said) = run(arguments);
        assert!(ok, "{said}");
    }
    let (ok, tables) = run(&["data"]);
    assert!(ok, "{tables}");
    assert!(tables.contains("1  notes"), "{tables}");
    assert!(!tables.contains("1  ticks"), "{tables}");
}

#[test]
fn a_machine_needs_no_certificates() {
    let dir = tempfile::tempdir().unwrap();
    let [data, convex, none] = ["data", "convex", "none"].map(|name| dir.path().join(name));
    std::fs::create_dir(&convex).unwrap();
    std::os::unix::fs::symlink(node_modules(), dir.path().join("node_modules")).unwrap();
    let function = "import { queryGeneric } from 'convex/server';
         export const answer = queryGeneric(() => 42);";
    std::fs::write(convex.join("one.ts"), function).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_convex-local"));
    command.arg("--convex-dir").arg(&convex);
    command.arg("--data-dir").arg(&data);
    // Instead of the machine's own.
    command.env("SSL_CERT_FILE", &none);
    command.env("SSL_CERT_DIR", &none);
    let done = command.args(["run", "one:answer"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "42", "{said}");
}
