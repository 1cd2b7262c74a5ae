// A card with questions: radio buttons, check boxes or a number; a button each; feedback in polite live regions.
// Python decides everything that is shown (trait `view`); a press is sent back as a message.
// Elements are kept and changed in place: the focus stays, and screen readers announce what changed.

let cards = 0;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Write HTML only where it differs, so that a live region speaks only when there is something new. */
function write(node, html) {
  if (node.dataset.written === html) return;
  node.dataset.written = html;
  node.innerHTML = html;
}

function mark(node, name, on) {
  if (on) node.setAttribute(name, "");
  else node.removeAttribute(name);
}

/** JupyterLab takes letters and arrows as shortcuts ("b" inserts a cell). Keys that run or leave a cell pass. */
function keepKeys(root) {
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const stop = (event) => {
    const runs = event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
    if (!runs && event.key !== "Escape") event.stopPropagation();
  };
  root.addEventListener("keydown", stop);
  return () => root.removeEventListener("keydown", stop);
}

class Group {
  constructor(send, index, name, group) {
    this.send = send;
    this.index = index;
    this.kind = group.kind;
    this.legend = make("legend");
    this.inputs = [];
    this.marks = [];
    this.fields = make("div");
    const count = group.kind === "number" ? 1 : group.options.length;
    for (let i = 0; i < count; i++) this.fields.append(this.row(name, i));
    this.button = make("button", { type: "button" });
    this.feedback = make("div", { class: "tk-feedback", role: "status", "aria-live": "polite" });
    this.root = make("fieldset", {}, this.legend, this.fields, this.button, this.feedback);
    this.button.addEventListener("click", () => this.press());
    this.fields.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !this.group.locked) {
        event.preventDefault();
        this.press();
      }
    });
  }

  row(name, index) {
    const input = make("input", { type: this.kind, name, step: "any" });
    const text = make("span");
    const sign = make("span", { class: "tk-mark", "aria-hidden": "true" });
    this.inputs.push(input);
    this.marks.push({ text, sign });
    return make("label", {}, input, text, sign);
  }

  show(group, words) {
    this.group = group;
    this.words = words;
    clearTimeout(this.timer);
    write(this.legend, group.legend);
    if (this.kind === "number") this.showNumber(group);
    else this.showOptions(group);
    for (const input of this.inputs) input.disabled = group.locked;
    mark(this.root, "data-locked", group.locked);
    mark(this.button, "data-quiet", group.locked);
    if (this.button.textContent !== group.button) this.button.textContent = group.button;
    write(this.feedback, group.feedback);
  }

  showNumber(group) {
    const { value, min, max, unit } = group.number;
    const [input] = this.inputs;
    input.min = min;
    input.max = max;
    write(this.marks[0].text, "");
    this.marks[0].text.textContent = `${unit ? unit + " " : ""}(${min} – ${max})`;
    if (value !== null && this.last !== value) input.value = value;
    this.last = value;
  }

  showOptions(group) {
    const chosen = JSON.stringify(group.chosen);
    // What the learner is choosing just now is not overwritten by feedback to another question.
    if (this.last !== chosen) this.inputs.forEach((input, i) => { input.checked = group.chosen.includes(i); });
    this.last = chosen;
    this.marks.forEach(({ text, sign }, i) => {
      write(text, group.options[i]);
      sign.textContent = { right: "✓", wrong: "✗" }[group.marks[i]] || "";
      sign.dataset.mark = group.marks[i] || "";
    });
  }

  press() {
    if (this.group.locked) return this.tell({ event: "again", group: this.index });
    const value = this.value();
    if (value === null) {
      const { min, max } = this.group.number;
      const text = this.kind === "number" ? this.words.empty_number : this.words.empty;
      return this.say(text.replace("{min}", min).replace("{max}", max));
    }
    this.tell({ event: "submit", group: this.index, value });
  }

  value() {
    if (this.kind !== "number") {
      const chosen = this.inputs.flatMap((input, i) => (input.checked ? [i] : []));
      return chosen.length ? chosen : null;
    }
    const { min, max } = this.group.number;
    const number = this.inputs[0].valueAsNumber;
    return number >= min && number <= max ? number : null;
  }

  tell(message) {
    this.send(message);
    // The kernel may be training in a cell, or gone: a press without any answer would look broken.
    this.timer = setTimeout(() => this.say(this.words.waiting), 1500);
  }

  say(text) {
    const note = make("p", { class: "tk-note" });
    note.textContent = text;
    // Cleared first, so that the same words are announced again.
    write(this.feedback, "");
    write(this.feedback, note.outerHTML);
  }
}

function render({ model, el }) {
  const name = `tk-card-${++cards}-${Math.random().toString(36).slice(2)}`;
  const heading = make("p", { class: "tk-card-heading", id: name });
  const body = make("div");
  const pairs = make("dl");
  const notes = make("div", { class: "tk-feedback", role: "status", "aria-live": "polite" });
  const root = make("div", { class: "tk-card", role: "group", "aria-labelledby": name }, heading, body, pairs, notes);
  let groups = [];

  const update = () => {
    const view = model.get("view");
    root.dataset.tone = view.tone;
    root.dataset.revision = view.revision;
    if (heading.textContent !== view.heading) heading.textContent = view.heading;
    if (groups.length !== view.groups.length) {
      groups = view.groups.map((group, i) => new Group((message) => model.send(message), i, `${name}-${i}`, group));
      body.replaceChildren(...groups.map((group) => group.root));
    }
    groups.forEach((group, i) => group.show(view.groups[i], view.words));
    pairs.hidden = !view.pairs.length;
    pairs.replaceChildren(...view.pairs.map(([term, html]) => {
      const value = make("dd");
      value.innerHTML = html;
      return make("div", {}, make("dt", {}, term), value);
    }));
    write(notes, view.notes);
  };

  const releaseKeys = keepKeys(root);
  model.on("change:view", update);
  update();
  el.append(root);
  return () => {
    releaseKeys();
    model.off("change:view", update);
    groups.forEach((group) => clearTimeout(group.timer));
    root.remove();
  };
}

export default { render };
