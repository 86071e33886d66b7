((js, wasm) =>
  import(js).then(async (module) => {
    await module.default({ module_or_path: wasm });
    module.hydrate();
    // An outer island before those inside it, which get their context from it.
    const start = (node, enter) => {
      for (const child of node.children) {
        if (child.localName === "leptos-island") {
          enter?.();
          module[child.dataset.component](child);
        }
        start(child, child.localName === "leptos-children" ? child.$$on_hydrate : enter);
      }
    };
    start(document.body);
  }));
