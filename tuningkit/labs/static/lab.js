// No picture of its own: keeps plain key presses inside the lab it stands in, where JupyterLab would take letters as
// shortcuts ("b" with a slider focused inserts a cell). Chords such as Ctrl+S and Shift+Enter pass.

function render({ el }) {
  el.classList.add("tk-lab-style");
  let lab = null, waiting = 0;
  const keep = (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
  };
  // Widgets are drawn before they stand in the page.
  const attach = () => {
    lab = el.closest(".tk-lab");
    if (lab) lab.addEventListener("keydown", keep);
    else waiting = requestAnimationFrame(attach);
  };
  attach();
  return () => { cancelAnimationFrame(waiting); if (lab) lab.removeEventListener("keydown", keep); };
}
export default { render };
