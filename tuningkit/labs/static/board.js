// A page of a server on the kernel's machine, in a frame. Through Jupyter's own server where that passes it on, so that
// it works from any machine; else directly, which works where browser and kernel are on one.

function jupyterBase() {
  const config = document.getElementById("jupyter-config-data");
  try { if (config) return JSON.parse(config.textContent).baseUrl || "/"; } catch { /* another page's element */ }
  return document.body.dataset.baseUrl || "/";
}

function isDark() {
  return document.body.dataset.jpThemeLight === "false";
}

async function addressOf(place) {
  const direct = new URL(`http://127.0.0.1:${place.port}/`);
  if (!place.proxy) return direct;
  const passed = new URL(`${jupyterBase().replace(/\/?$/, "/")}proxy/${place.port}/`, window.location.href);
  try {
    const answer = await fetch(passed);
    if (answer.ok) return passed;
  } catch { /* not reachable: then directly */ }
  return direct;
}

function render({ model, el }) {
  el.classList.add("tk-widget", "tk-board");
  const bar = document.createElement("div");
  bar.className = "tk-board-bar";
  const link = document.createElement("a");
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Open in a tab of its own";
  const reload = document.createElement("button");
  reload.type = "button";
  reload.textContent = "Reload the page";
  bar.append(link, reload);
  const frame = document.createElement("iframe");
  frame.title = "TensorBoard";
  const empty = document.createElement("div");
  empty.className = "tk-board-empty";
  el.append(bar, frame, empty);
  // Words that are put into the page together with their live region are not read aloud; this one stays.
  const told = announcer(el, 0);
  let turn = 0;
  const show = async () => {
    const place = model.get("_place");
    const mine = ++turn;
    el.style.setProperty("--tk-board-height", `${model.get("_height")}px`);
    empty.textContent = model.get("_words");
    const open = Boolean(place.port);
    el.classList.toggle("tk-board-open", open);
    if (!open) { frame.removeAttribute("src"); return; }
    const address = await addressOf(place);
    if (mine !== turn) return;
    if (isDark()) address.searchParams.set("darkMode", "true");
    // Without the folders that have no curves there is nothing in the cards of other tags.
    address.hash = place.page + (place.runs ? `&tagFilter=epoch_&regexInput=${encodeURIComponent(place.runs)}` : "");
    link.href = address.href;
    frame.src = address.href;
  };
  // Setting the same address with another # alone would not load anything.
  reload.addEventListener("click", () => { frame.removeAttribute("src"); requestAnimationFrame(show); });
  const words = () => { empty.textContent = model.get("_words"); told.say(model.get("_words")); };
  model.on("change:_place", show);
  model.on("change:_words", words);
  show();
  words();
  return () => { turn += 1; told.stop(); model.off("change:_place", show); model.off("change:_words", words); frame.removeAttribute("src"); };
}
export default { render };
