((js, wasm) =>
  import(js).then(async (module) => {
    await module.default({ module_or_path: wasm });
    module.hydrate();
    // Input and painting have their turn before each island.
    const turn = () => globalThis.scheduler?.yield?.() ?? new Promise((go) => setTimeout(go));
    try {
      // An outer island before those inside it, which get their context from it.
      for (const island of document.querySelectorAll("leptos-island")) {
        await turn();
        island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
        module[island.dataset.component](island);
      }
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
  }).catch((error) => {
    // The code may be gone because the app was replaced after this page.
    dispatchEvent(new Event("nolive"));
    throw error;
  }));
