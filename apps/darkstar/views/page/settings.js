"use strict";

(() => {
  const { element, by, fill, act, post, say, refresh, remember } = Darkstar;
  const changes = new Map();
  const opened = remember("settings.open", ["battery"]);
  let data = null;

  const asText = (value) => (Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value));

  /** What stands in an input as a value; null: the default. */
  function read(field, input) {
    if (field.kind === "flag") return input.checked;
    const text = input.value.trim();
    if (text === "") return null;
    if (field.kind === "number" || field.kind === "integer") return Number.isNaN(Number(text)) ? text : Number(text);
    if (field.kind === "list") return text.split(",").map((part) => part.trim()).filter(Boolean);
    return text;
  }

  function note(field, input) {
    const value = read(field, input);
    const same = asText(value) === asText(field.value) && (value === null) === (field.value === null || field.value === undefined);
    const unchanged = same || (field.kind === "flag" && field.value === null && value === field.default);
    if (unchanged) changes.delete(field.path);
    else changes.set(field.path, value);
    input.closest(".item").classList.toggle("changed", !unchanged);
    count();
  }

  function count() {
    fill("#count", changes.size ? `${changes.size} ${changes.size === 1 ? "change" : "changes"}` : "");
    by("#save").disabled = changes.size === 0;
    by("#undo").disabled = changes.size === 0;
  }

  function control(field) {
    const more = { id: `f-${field.path}`, onchange: (event) => note(field, event.currentTarget) };
    if (field.kind === "flag") {
      return element("input", [], { ...more, type: "checkbox", checked: Boolean(field.value ?? field.default) });
    }
    if (field.kind === "choice") {
      const made = element("select", [
        element("option", field.default === null ? "" : `${field.default} (default)`, { value: "" }),
        ...field.choices.map((choice) => element("option", choice, { value: choice, selected: choice === field.value })),
      ], more);
      return made;
    }
    const lists = field.proposals.length ? { list: `l-${field.path}` } : {};
    return element("input", [], {
      ...more, ...lists, type: field.kind === "time" ? "time" : "text", value: asText(field.value),
      placeholder: field.default === null ? (field.is_needed ? "needed" : "none") : asText(field.default),
      inputmode: field.kind === "number" || field.kind === "integer" ? "decimal" : "text",
      spellcheck: "false", autocomplete: "off", oninput: (event) => note(field, event.currentTarget),
    });
  }

  function limits(field) {
    const { minimum, maximum, is_above: above } = field;
    if (minimum === null && maximum === null) return "";
    if (maximum === null) return above ? ` More than ${minimum}.` : ` At least ${minimum}.`;
    if (minimum === null) return ` Up to ${maximum}.`;
    return above ? ` More than ${minimum}, up to ${maximum}.` : ` ${minimum} to ${maximum}.`;
  }

  function item(field) {
    const fixed = field.kind === "file" || field.kind === "secret";
    const value = fixed
      ? [element("span", field.kind === "secret" ? (field.value ? "is set" : "is not set") : "in apps.yaml", { class: "chip" })]
      : [control(field), field.unit ? element("span", field.unit, { class: "muted" }) : null];
    if (field.proposals.length) {
      value.push(element("datalist", field.proposals.map((id) => element("option", [], { value: id })), { id: `l-${field.path}` }));
    }
    const words = [`${field.help}${limits(field)}`.trim()];
    if (field.in_force) words.push(element("span", ` In force: ${field.in_force.value}, ${field.in_force.why}`, { class: "chip" }));
    return element("div", [
      element("label", field.title, { for: `f-${field.path}`, title: field.path }),
      element("div", value, { class: "value" }),
      element("span", words, { class: "help" }),
    ], { class: "item", dataset: { path: field.path } });
  }

  function testButton() {
    const press = async () => { if (await act("test_notification")) say("Sent. What became of it is a problem or a message."); };
    return element("button", "Send a test message", { class: "button", type: "button", onclick: press });
  }

  function section(each) {
    const open = new Set(opened.get());
    return element("details", [
      element("summary", [each.title, each.is_there ? null : element("span", "  not in this home", { class: "muted small" })]),
      each.help ? element("p", each.help, { class: "muted small" }) : null,
      ...each.fields.map(item),
      each.name === "notifications" ? testButton() : null,
    ], {
      class: "card", dataset: { section: each.name }, open: open.has(each.name),
      ontoggle: (event) => {
        const now = new Set(opened.get());
        if (event.currentTarget.open) now.add(each.name);
        else now.delete(each.name);
        if (!by("#word").value) opened.set([...now]);
      },
    });
  }

  function draw() {
    fill("#sections", data.sections.map(section));
    fill("#where", data.file
      ? `Saved into ${data.file}: your comments and everything else stay, the former file is kept, and AppDaemon starts Darkstar again.`
      : "AppDaemon does not say where the settings stand: they are shown, and cannot be saved from here.");
    count();
    find();
  }

  function find() {
    const word = by("#word").value.trim().toLowerCase();
    for (const part of document.querySelectorAll("#sections details")) {
      let any = false;
      for (const each of part.querySelectorAll(".item")) {
        const text = `${part.dataset.section} ${each.dataset.path} ${each.textContent}`.toLowerCase();
        each.hidden = word !== "" && !text.includes(word);
        any = any || !each.hidden;
      }
      part.hidden = !any;
      if (word) part.open = true;
    }
  }

  function refused(message) {
    const banner = by("#refusal");
    banner.hidden = !message;
    fill(banner, message);
    for (const each of document.querySelectorAll("#sections .item")) {
      each.classList.toggle("refused", Boolean(message) && message.includes(each.dataset.path));
    }
  }

  by("#word").oninput = find;
  by("#undo").onclick = () => { changes.clear(); refused(""); draw(); };
  by("#save").onclick = async (event) => {
    event.currentTarget.disabled = true;
    try {
      const answer = await post("save_settings", { changes: Object.fromEntries(changes) });
      changes.clear();
      refused("");
      say(`Saved: ${answer.lines} ${answer.lines === 1 ? "line" : "lines"} changed. Darkstar starts again with it.`);
      refresh();
    } catch (error) {
      refused(error.message);
    }
    count();
  };

  Darkstar.page({
    show(fresh) {
      data = fresh;
      if (changes.size === 0) draw();
    },
  });
})();
