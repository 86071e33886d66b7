// A form is sent only once, even if its button is pressed repeatedly.
const free = (element) => element.removeAttribute("aria-busy");
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.ariaBusy) return event.preventDefault();
  for (const element of [form, event.submitter]) {
    element?.setAttribute("aria-busy", "true");
    // If no page is loaded as the answer, the form can be sent again.
    if (element) setTimeout(free, 4000, element);
  }
});

for (const field of document.querySelectorAll("[data-password]")) {
  const [input, button, note] = ["input", ".field-show", "[role=status]"].map((it) => field.querySelector(it));
  button.hidden = false;
  button.onclick = () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", hidden);
  };
  input.onkeyup = (event) => {
    note.textContent = event.getModifierState?.("CapsLock") ? "Caps Lock is on." : "";
  };
}

// The theme changes at once. The form would reload the page.
const themes = document.querySelector(".theme");
themes?.addEventListener("submit", (event) => {
  if (!event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  document.cookie = `theme=${value}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.dataset.theme = value;
  for (const button of themes.querySelectorAll("button")) button.ariaPressed = button.value === value;
});

// A menu closes when the user does something else.
const menu = document.querySelector(".user-menu");
addEventListener("click", (event) => menu && !menu.contains(event.target) && (menu.open = false));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.firstElementChild.focus();
});

// Tabs follow each other's sign-in and sign-out. They reload at most every few seconds.
const { account } = document.documentElement.dataset;
const KEY = "account";
const kept = (act) => {
  try {
    return act();
  } catch {
    // The browser stores nothing for this site.
  }
};
const follow = (other) => {
  if (other === undefined || other === null || other === account) return;
  const last = kept(() => sessionStorage.getItem(KEY)) ?? 0;
  if (Date.now() - last < 5000 || document.querySelector("form[aria-busy]")) return;
  kept(() => sessionStorage.setItem(KEY, Date.now()));
  location.reload();
};
if (account !== undefined) {
  // Either way may be unavailable.
  const tabs = kept(() => new BroadcastChannel(KEY));
  if (tabs) tabs.onmessage = (event) => follow(event.data);
  addEventListener("storage", (event) => event.key === KEY && follow(event.newValue));
  addEventListener("pageshow", (event) => event.persisted && follow(kept(() => localStorage.getItem(KEY))));
  tabs?.postMessage(account);
  kept(() => localStorage.setItem(KEY, account));
}
// The app may be replaced while a page is open. The page keeps working and offers to reload, so nothing that was typed
// is lost.
const { release } = document.documentElement.dataset;
let compared = 0;
const compare = async () => {
  if (!release || Date.now() - compared < 5000 || document.querySelector(".release")) return;
  compared = Date.now();
  const now = await fetch("/api/release").then((answer) => answer.ok && answer.text(), () => "");
  if (!now || now === release) return;
  const offer = Object.assign(document.createElement("p"), { className: "notice release", role: "status" });
  const button = Object.assign(document.createElement("button"), { className: "button plain", textContent: "Load it" });
  button.onclick = () => location.reload();
  document.body.prepend(offer);
  offer.append("There is a new version of this page. ", button);
};
addEventListener("visibilitychange", () => document.hidden || compare());
addEventListener("nolive", compare);
const badge = document.querySelector(".connection");
const states = new MutationObserver(() => {
  const { state } = badge.dataset;
  if (state === "lost") states.lost = true;
  else if (state === "live" && states.lost) compare();
});
if (badge) states.observe(badge, { attributeFilter: ["data-state"] });

addEventListener("pageshow", () => document.querySelectorAll("[aria-busy]").forEach(free));
