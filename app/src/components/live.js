((js, wasm) =>
  import(js).then(async (module) => {
    await module.default({ module_or_path: wasm });
    module.hydrate();
    // Lets the browser handle input and paint before each island.
    const turn = () => globalThis.scheduler?.yield?.() ?? new Promise((go) => setTimeout(go));
    try {
      // Outer islands before inner ones, which get their context from them.
      for (const island of document.querySelectorAll("leptos-island")) {
        await turn();
        island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
        module[island.dataset.component](island);
      }
    } catch (error) {
      // Something has changed the page before hydration, such as an extension, and the module has ended. Its islands
      // become plain HTML again, whose forms the browser posts.
      const outer = document.querySelector("leptos-island");
      const plain = outer.cloneNode(true);
      const typed = outer.querySelectorAll("input");
      plain.querySelectorAll("input").forEach((input, at) => (input.value = typed[at].value));
      outer.replaceWith(plain);
      throw error;
    }
  }).catch((error) => {
    // The code may be gone because the app was replaced after this page was loaded.
    dispatchEvent(new Event("nolive"));
    throw error;
  }));
