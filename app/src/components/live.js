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
    try {
      start(document.body);
    } catch (error) {
      // Something changed the page before it was taken over, such as an extension. The module has ended; what it has taken
      // over becomes plain HTML again, whose forms the browser posts.
      const outer = document.querySelector("leptos-island");
      const plain = outer.cloneNode(true);
      const typed = outer.querySelectorAll("input");
      plain.querySelectorAll("input").forEach((input, at) => (input.value = typed[at].value));
      outer.replaceWith(plain);
      throw error;
    }
  }));
