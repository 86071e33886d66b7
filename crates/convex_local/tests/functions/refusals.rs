//! Apps that a deployment refuses. They are refused here as well, with the same messages.

use std::fs;
use std::path::Path;

use convex_local::functions::StartError;
use serde_json::json;

use crate::support::{copy_of_app, try_app};

/// Returns why the fixture app does not load with one more file.
async fn refusal(name: &str, file: &str, text: &str) -> String {
    let dir = copy_of_app(name);
    write(&dir, file, text);
    match try_app(&dir, |_| {}).await {
        Err(StartError::Load(error)) => error.message,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{file} is accepted"),
    }
}

fn write(dir: &Path, file: &str, text: &str) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("create");
    fs::write(path, text).expect("write");
}

const QUERY: &str = r#"import { query } from "./_generated/server";
export const one = query({ args: {}, handler: () => 1 });
"#;

#[tokio::test]
async fn files_of_node_define_actions_only() {
    let text = format!("\"use node\";\n{QUERY}");
    assert_eq!(
        refusal("node-query", "things.ts", &text).await,
        "`one` defined in `things.js` is a Query function. Only actions can be defined in Node.js. \
         See https://docs.convex.dev/functions/actions for more details."
    );
    let text = text.replace("query", "mutation");
    assert!(
        refusal("node-mutation", "things.ts", &text)
            .await
            .starts_with("`one` defined in `things.js` is a Mutation function. Only actions")
    );
}

#[tokio::test]
async fn routes_crons_and_components_are_not_for_node() {
    for file in ["http", "crons"] {
        assert_eq!(
            refusal(
                "node-http",
                &format!("{file}.ts"),
                "\"use node\";\nexport default {};\n"
            )
            .await,
            format!("\"use node\" directive is not allowed for {file}.ts.")
        );
    }
    let text = "\"use node\";\nexport const one = 1;\n";
    let message = refusal("node-component", "notes/more.ts", text).await;
    assert!(
        message.starts_with("Node actions are not supported in components."),
        "{message}"
    );
}

#[tokio::test]
async fn names_of_modules_have_no_dash() {
    assert_eq!(
        refusal("dash", "my-things.ts", QUERY).await,
        "my-things.js is not a valid path to a Convex module. Path component my-things.js can only \
         contain alphanumeric characters, underscores, or periods."
    );
    let message = refusal(
        "dash-folder",
        "my-folder/things.ts",
        "export const one = 1;\n",
    )
    .await;
    assert!(
        message.contains("Path component my-folder can only"),
        "{message}"
    );
}

#[tokio::test]
async fn modules_use_no_top_level_await() {
    let text = "export const one = await Promise.resolve(1);\n";
    assert_eq!(
        refusal("top-level", "things.ts", text).await,
        "Top-level awaits in source files are unsupported"
    );
}

#[tokio::test]
async fn only_files_of_node_import_modules_of_node() {
    let text = "import fs from \"node:fs\";\nexport const one = fs;\n";
    let message = refusal("node-import", "things.ts", text).await;
    assert!(
        message.contains("Could not resolve \"node:fs\""),
        "{message}"
    );
    assert!(message.contains("\"use node\""), "{message}");
}

#[tokio::test]
async fn components_that_use_one_another_in_a_circle_are_refused() {
    let dir = copy_of_app("circle");
    for (one, other) in [("notes", "other"), ("other", "notes")] {
        let text = format!(
            "import {{ defineComponent }} from \"convex/server\";\n\
             import used from \"../{other}/convex.config\";\n\
             const component = defineComponent(\"{one}\");\ncomponent.use(used);\n\
             export default component;\n"
        );
        write(&dir, &format!("{one}/convex.config.ts"), &text);
    }
    // The app uses both of them.
    let config = fs::read_to_string(dir.join("convex.config.ts")).expect("read");
    let config = config.replace(
        "export default app;",
        "import other from \"./other/convex.config\";\napp.use(other);\nexport default app;",
    );
    write(&dir, "convex.config.ts", &config);
    let Err(StartError::Load(error)) = try_app(&dir, |_| {}).await else {
        panic!("a circle loads");
    };
    assert!(
        error
            .message
            .contains("Components use one another in a circle:"),
        "{error}"
    );
}

#[tokio::test]
async fn a_component_that_the_app_and_another_component_use_has_data_for_each_use() {
    let dir = copy_of_app("twice");
    let config = fs::read_to_string(dir.join("convex.config.ts")).expect("read");
    let wrapper = "import { defineComponent } from \"convex/server\";\n\
                   import notes from \"../notes/convex.config\";\n\
                   const wrapper = defineComponent(\"wrapper\");\nwrapper.use(notes);\n\
                   export default wrapper;\n";
    write(&dir, "wrapper/convex.config.ts", wrapper);
    let config = config.replace(
        "export default app;",
        "import wrapper from \"./wrapper/convex.config\";\napp.use(wrapper);\nexport default app;",
    );
    fs::write(dir.join("convex.config.ts"), config).expect("write");
    let uses = |notes: &str, component: &str| {
        format!(
            "import {{ mutation, query }} from \"./_generated/server\";\n\
             import {{ components }} from \"./_generated/api\";\n\
             export const add = mutation({{ args: {{}}, handler: async (ctx) => {{\n  \
             await ctx.runMutation({notes}.add, {{ text: \"of {component}\" }});\n}} }});\n\
             export const texts = query({{ args: {{}}, handler: (ctx) => ctx.runQuery({notes}.texts, {{}}) }});\n"
        )
    };
    let text = uses("components.notes.notes", "the wrapper");
    write(&dir, "wrapper/keep.ts", &text);
    let text = uses("components.notes.notes", "the app");
    write(&dir, "own.ts", &text);
    let text =
        uses("components.wrapper.keep", "nobody").replace(", { text: \"of nobody\" }", ", {}");
    write(&dir, "wrapped.ts", &text);
    let app = try_app(&dir, |_| {}).await.expect("loads");
    for (path, expected) in [("own", "of the app"), ("wrapped", "of the wrapper")] {
        let added = app.mutation(&format!("{path}:add"), json!({})).await;
        added.expect("is added");
        let texts = app.query(&format!("{path}:texts"), json!({})).await;
        let texts = texts.expect("the texts").to_string();
        assert!(texts.contains(expected) && !texts.contains(','), "{texts}");
    }
}

#[tokio::test]
async fn a_webassembly_module_is_bundled() {
    let dir = copy_of_app("wasm");
    // (module (func (export "f") (result i32) i32.const 42))
    let binary = [
        0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10,
        6, 1, 4, 0, 65, 42, 11,
    ];
    fs::write(dir.join("answer.wasm"), binary).expect("write");
    let text = "import { query } from \"./_generated/server\";\n\
                import answer from \"./answer.wasm\";\n\
                export const get = query({ args: {}, handler: () =>\n  \
                (new WebAssembly.Instance(answer as any).exports.f as () => number)() });\n";
    write(&dir, "wasm.ts", text);
    let app = try_app(&dir, |_| {}).await.expect("loads");
    let answer = app.query("wasm:get", json!({})).await;
    assert_eq!(answer.expect("the answer"), json!(42));
}

#[tokio::test]
async fn variables_that_the_app_declares_must_be_set_and_valid() {
    let dir = copy_of_app("declared");
    write(
        &dir,
        "convex.config.ts",
        "import { defineApp } from \"convex/server\";\n\
         import { v } from \"convex/values\";\n\
         import notes from \"./notes/convex.config\";\n\
         const app = defineApp({ env: {\n\
           API_KEY: v.string(),\n\
           MODE: v.union(v.literal(\"test\"), v.literal(\"live\")),\n\
           NICE: v.optional(v.string()),\n\
         } });\n\
         app.use(notes);\n\
         app.use(notes, { name: \"archive\", httpPrefix: \"/archive/\" });\n\
         export default app;\n",
    );
    let load = async |variables: &[(&str, &str)]| {
        let loaded = try_app(&dir, |config| {
            let variables = variables.iter();
            let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
            config.env.extend(variables);
        });
        loaded.await.map(drop).map_err(|error| error.to_string())
    };
    let refused = load(&[]).await.expect_err("nothing is set");
    assert!(
        refused.contains("Required environment variables are not set: API_KEY, MODE."),
        "{refused}"
    );
    let refused = load(&[("API_KEY", "secret"), ("MODE", "dead")]).await;
    let refused = refused.expect_err("MODE is neither");
    assert!(
        refused
            .contains("Environment variable MODE does not match its declared validator: v.union("),
        "{refused}"
    );
    assert!(!refused.contains("dead"), "a value may be a secret");
    assert_eq!(
        load(&[("API_KEY", "secret"), ("MODE", "live")]).await,
        Ok(())
    );
}

#[tokio::test]
async fn components_get_the_variables_that_they_declare() {
    let dir = copy_of_app("handed");
    let declares = |env: &str| {
        let text = format!(
            "import {{ defineComponent }} from \"convex/server\";\n\
             import {{ v }} from \"convex/values\";\n\
             export default defineComponent(\"notes\", {{ env: {{ {env} }} }});\n"
        );
        write(&dir, "notes/convex.config.ts", &text);
    };
    let hands = |declared: &str, options: &str| {
        let text = format!(
            "import {{ defineApp }} from \"convex/server\";\n\
             import {{ v }} from \"convex/values\";\n\
             import notes from \"./notes/convex.config\";\n\
             const app = defineApp({{ env: {{ {declared} }} }});\n\
             app.use(notes, {{ {options} }} as any);\n\
             app.use(notes, {{ name: \"archive\", httpPrefix: \"/archive/\", {options} }} as any);\n\
             export default app;\n"
        );
        write(&dir, "convex.config.ts", &text);
    };
    let load = async || {
        let loaded = try_app(&dir, |config| {
            config.env.insert("PREFIX".into(), "new: ".into());
        });
        loaded.await.map(drop).map_err(|error| error.to_string())
    };
    declares("NOTE_PREFIX: v.union(v.literal(\"new: \"), v.literal(\"old: \"))");
    for (declared, options, problem) in [
        ("", "", "is missing required env var \"NOTE_PREFIX\""),
        (
            "",
            "env: { NOTE_PREFIX: \"odd: \" }",
            "has an invalid value for env var \"NOTE_PREFIX\"",
        ),
        (
            "",
            "env: { OTHER: \"old: \" }",
            "has no env var named \"OTHER\"",
        ),
        (
            "",
            "env: { NOTE_PREFIX: { __envVarRef: \"PREFIX\" } }",
            "env var \"NOTE_PREFIX\" references undeclared parent env var PREFIX",
        ),
        (
            "PREFIX: v.optional(v.string())",
            "env: { NOTE_PREFIX: app.env.PREFIX }",
            "env var \"NOTE_PREFIX\" is required, but parent env var PREFIX is optional",
        ),
        (
            "PREFIX: v.string()",
            "env: { NOTE_PREFIX: app.env.PREFIX }",
            "env var \"NOTE_PREFIX\" validator is not satisfied by parent env var PREFIX validator",
        ),
        (
            "PREFIX: v.number()",
            "env: { NOTE_PREFIX: \"old: \" }",
            "Env var `PREFIX` on the app has a non-string validator. Component env vars must be declared with",
        ),
    ] {
        hands(declared, options);
        let refused = load().await.expect_err("is refused");
        assert!(refused.contains(problem), "{refused}");
        assert!(!refused.contains("odd"), "a value may be a secret");
    }
    for narrower in [
        "v.literal(\"new: \")",
        "v.union(v.literal(\"new: \"), v.literal(\"old: \"))",
    ] {
        hands(
            &format!("PREFIX: {narrower}"),
            "env: { NOTE_PREFIX: app.env.PREFIX }",
        );
        assert_eq!(load().await, Ok(()));
    }
}

#[tokio::test]
async fn staged_validators_are_accepted_and_not_enforced() {
    let dir = copy_of_app("staged");
    let schema = |staged: &str| {
        let text = format!(
            "import {{ defineSchema, defineTable }} from \"convex/server\";\n\
             import {{ v }} from \"convex/values\";\n\
             export default defineSchema({{\n\
               messages: defineTable({{ author: v.string(), body: v.string() }})\n\
                 .index(\"by_author\", [\"author\"]){staged},\n\
             }}, {{ strictTableNameTypes: false }});\n"
        );
        write(&dir, "schema.ts", &text);
    };
    for file in ["foods.ts", "search.ts"] {
        fs::remove_file(dir.join(file)).expect("is there");
    }
    schema(".staged({ body: v.number() })");
    let app = try_app(&dir, |_| {}).await.expect("loads");
    let args = json!({ "author": "ann", "body": "text" });
    app.mutation("messages:add", args)
        .await
        .expect("it matches the schema that is enforced");
    drop(app);
}
