// No picture of its own. It keeps plain key presses inside the lab it stands in, where JupyterLab would take letters as
// shortcuts ("b" with a slider focused inserts a cell); chords such as Ctrl+S and Shift+Enter pass. And it names the
// sliders: ipywidgets gives a handle no name, and as its words the place among the stops ("6" where 0.001 is shown).

function say(handle) {
  const slider = handle.closest(".widget-slider");
  const label = slider && slider.querySelector(".widget-label"), shown = slider && slider.querySelector(".widget-readout");
  if (label && !handle.hasAttribute("aria-labelledby")) {
    if (!label.id) label.id = `tk-label-${Math.random().toString(36).slice(2)}`;
    handle.setAttribute("aria-labelledby", label.id);
  }
  if (shown && slider.classList.contains("jupyter-widgets")) {
    // A value that can be typed: an edit field needs a role and a name.
    if (!shown.hasAttribute("role")) shown.setAttribute("role", "textbox");
    if (label && !shown.hasAttribute("aria-labelledby")) shown.setAttribute("aria-labelledby", label.id);
  } else if (shown && shown.isContentEditable) {
    // Of a selection slider nothing typed is ever read: no stop for the Tab key.
    shown.contentEditable = "false";
  }
  const words = shown ? shown.textContent.trim() : "";
  // Written only when it differs, or the observer would hear itself for ever.
  if (words && handle.getAttribute("aria-valuetext") !== words) handle.setAttribute("aria-valuetext", words);
}

function sayAll(node) {
  node.querySelectorAll(".noUi-handle").forEach(say);
}

function changed(records) {
  for (const { type, target, addedNodes } of records) {
    // Charts redraw thirty times a second and hold no sliders.
    if (target.closest(".tk-widget")) continue;
    const slider = target.closest(".widget-slider");
    if (slider) sayAll(slider);
    else if (type === "childList") for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) sayAll(node);
  }
}

function render({ el }) {
  el.classList.add("tk-lab-style");
  const observer = new MutationObserver(changed);
  let lab = null, waiting = 0;
  const keep = (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
  };
  // Widgets are drawn before they stand in the page.
  const attach = () => {
    lab = el.closest(".tk-lab");
    if (!lab) { waiting = requestAnimationFrame(attach); return; }
    lab.addEventListener("keydown", keep);
    sayAll(lab);
    observer.observe(lab, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuetext", "contenteditable"] });
  };
  attach();
  return () => { cancelAnimationFrame(waiting); observer.disconnect(); if (lab) lab.removeEventListener("keydown", keep); };
}
export default { render };
