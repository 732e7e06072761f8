"use strict";

(() => {
  const { element, icon, by, fill, act, post, say } = Darkstar;
  const SPACE = "http://www.w3.org/2000/svg";
  const QUARTER = 900000;
  const HOUR = 3600000;
  const MOVED_PX = 5;

  let data = null;
  let pick = null;  // {device, kind, from, to}: what is being put together
  let drawnFor = "";  // what the preview on show belongs to
  let hold = null;  // a drag under way

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const percent = (at) => `${(100 * (clamp(at, data.start, data.end) - data.start)) / (data.end - data.start)}%`;
  const snapped = (at) => Math.round(at / QUARTER) * QUARTER;
  const device = (name) => data.devices.find((one) => one.name === name);
  const kindOf = () => device(pick.device).kinds.find((one) => one.kind === pick.kind);

  function drawn(tag, attributes, ...children) {
    const made = document.createElementNS(SPACE, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // ---- the strips ----------------------------------------------------------------------------------

  function showHours() {
    fill("#hours", data.ticks.flatMap((tick) => [
      tick.day ? element("span", tick.day, { class: "day", style: `left: ${percent(tick.x)}` }) : null,
      tick.hour % 3 === 0 ? element("span", tick.label, { style: `left: ${percent(tick.x)}` }) : null,
    ]).filter(Boolean));
  }

  function showPrices() {
    const prices = data.prices;
    const place = by("#prices");
    const high = Math.max(...prices.map((one) => one.price), 0);
    const least = Math.min(...prices.map((one) => one.price), high);
    const low = least < 0 ? least : Math.max(least - (high - least) / 2, 0);
    const title = element("div", ["Price", element("small", prices.length ? `${least.toFixed(2)} to ${high.toFixed(2)} ${data.unit}` : "no plan yet")], { class: "title" });
    const x = (at) => (1000 * (clamp(at, data.start, data.end) - data.start)) / (data.end - data.start);
    const y = (price) => 100 - (100 * (price - low)) / Math.max(high - low, 1e-9);
    const points = prices.flatMap((one) => [`${x(one.from)} ${y(one.price)}`, `${x(one.to)} ${y(one.price)}`]);
    const ground = y(Math.max(low, 0));
    const shape = prices.length ? `M${x(prices[0].from)} ${ground} L${points.join(" L")} L${x(prices[prices.length - 1].to)} ${ground}` : "";
    fill(place, [title, drawn("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": "Price" }, drawn("path", { d: shape }))]);
  }

  function socPath(series, from, to) {
    const x = (at) => (1000 * (at - from)) / (to - from);
    return series.x.map((at, index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${(100 - series.y[index]).toFixed(1)}`).join(" ");
  }

  function showLanes() {
    fill("#devices", data.devices.map((one) => {
      const grid = data.ticks.filter((tick) => tick.hour % 3 === 0).map((tick) => element("span", [], {
        class: tick.hour === 0 ? "grid midnight" : "grid", style: `left: ${percent(tick.x)}`,
      }));
      const width = (from, to) => `left: ${percent(from)}; width: calc(${percent(to)} - ${percent(from)})`;
      const runs = one.planned.map((run) => element("span", [], { class: `run ${run.kind}`, style: width(run.from, run.to), title: run.words }));
      const blocks = one.blocks.map((block) => element("span", block.title, {
        class: `block ${block.kind}`, style: width(block.from, block.to), title: `${block.title}, ${block.span}`, dataset: { block: block.number },
      }));
      const soc = one.name === "battery" && data.soc.x.length
        ? drawn("svg", { class: "soc", viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" }, drawn("path", { d: socPath(data.soc, data.start, data.end) }))
        : null;
      const lane = element("div", [...grid, ...runs, soc, ...blocks], { class: "lane", dataset: { device: one.name }, role: "group", "aria-label": one.title });
      lane.onpointerdown = (event) => begin(event, one.name, lane);
      const title = element("div", [one.title, one.name === "battery" ? element("small", "line: SoC") : null], { class: "title" });
      return element("div", [title, lane], { class: "lane-frame" });
    }));
    by("#now").style.left = `calc(${getComputedStyle(by("#lanes")).paddingLeft} + (100% - ${getComputedStyle(by("#lanes")).paddingLeft}) * ${(data.now - data.start) / (data.end - data.start)})`;
    showPick();
  }

  // ---- picking a time ------------------------------------------------------------------------------

  function instant(event, lane) {
    const box = lane.getBoundingClientRect();
    return data.start + clamp((event.clientX - box.left) / box.width, 0, 1) * (data.end - data.start);
  }

  /** A mouse draws the block; a finger taps for one hour and then pulls its edges, so that it can still scroll. */
  function begin(event, name, lane) {
    if (event.button) return;
    const at = instant(event, lane);
    const part = event.target.closest(".pick") ? (event.target.dataset.edge || "all") : "new";
    hold = { name, lane, part, at, x: event.clientX, y: event.clientY, moved: false, touch: event.pointerType !== "mouse", was: pick && { ...pick } };
    if (part !== "new" || !hold.touch) {
      event.preventDefault();
      lane.setPointerCapture(event.pointerId);
      lane.onpointermove = drag;
    }
    lane.onpointerup = drop;
    lane.onpointercancel = () => { hold = null; };
  }

  function drag(event) {
    if (!hold) return;
    hold.moved ||= Math.abs(event.clientX - hold.x) > MOVED_PX;
    if (!hold.moved) return;
    const at = instant(event, hold.lane);
    if (hold.part === "new") {
      const [from, to] = [Math.min(hold.at, at), Math.max(hold.at, at)];
      choose(hold.name, snapped(from), Math.max(snapped(to), snapped(from) + QUARTER));
    } else if (hold.part === "begin") {
      setSpan(Math.min(snapped(at), pick.to - QUARTER), pick.to);
    } else if (hold.part === "end") {
      setSpan(pick.from, Math.max(snapped(at), pick.from + QUARTER));
    } else {
      const length = hold.was.to - hold.was.from;
      const from = clamp(snapped(hold.was.from + at - hold.at), data.start, data.end - length);
      setSpan(from, from + length);
    }
  }

  function drop(event) {
    const held = hold;
    hold = null;
    if (!held) return;
    held.lane.onpointermove = null;
    const still = Math.abs(event.clientX - held.x) <= MOVED_PX && Math.abs(event.clientY - held.y) <= MOVED_PX;
    if (held.part === "new" && still) {
      const from = Math.floor(held.at / QUARTER) * QUARTER;
      choose(held.name, from, Math.min(from + HOUR, data.end));
    }
  }

  function choose(name, from, to) {
    if (!pick || pick.device !== name) {
      const kinds = device(name).kinds;
      pick = { device: name, kind: (kinds.find((one) => !one.forbidden) || kinds[0]).kind };
      showKinds();
    }
    setSpan(from, to);
  }

  function setSpan(from, to) {
    pick.from = clamp(from, data.start, data.end - QUARTER);
    pick.to = clamp(to, pick.from + QUARTER, data.end);
    changed();
  }

  function label(at) {
    return (data.quarters.find((one) => one.x === at) || { label: "" }).label;
  }

  function showPick() {
    document.querySelectorAll(".lane .pick").forEach((old) => old.remove());
    if (!pick) return;
    const lane = by(`.lane[data-device="${pick.device}"]`);
    if (!lane) return;
    const clock = (at) => label(at).replace("tomorrow ", "").replace("midnight", "00:00").split(" ").pop();
    lane.append(element("div", [
      element("span", `${clock(pick.from)}-${clock(pick.to)}`, { class: "words" }),
      element("span", [], { class: "edge begin", dataset: { edge: "begin" } }),
      element("span", [], { class: "edge end", dataset: { edge: "end" } }),
    ], { class: `pick ${pick.kind}`, style: `left: ${percent(pick.from)}; width: calc(${percent(pick.to)} - ${percent(pick.from)})` }));
  }

  // ---- the form ------------------------------------------------------------------------------------

  function showKinds() {
    const every = data.devices.flatMap((one) => one.kinds.map((kind) => ({ ...kind, device: one.name })));
    fill("#kinds", every.map((kind) => element("button", kind.title, {
      type: "button", class: kind.kind, "aria-pressed": String(Boolean(pick) && pick.kind === kind.kind), dataset: { kind: kind.kind },
      onclick: () => {
        const span = pick || { from: Math.ceil(data.now / QUARTER) * QUARTER, to: Math.ceil(data.now / QUARTER) * QUARTER + HOUR };
        pick = { device: kind.device, kind: kind.kind, from: span.from, to: span.to };
        showKinds();
        changed();
      },
    })));
    const kind = pick && kindOf();
    by("#power-field").hidden = !kind || kind.most_kw === null;
    by("#soc-field").hidden = !kind || !kind.takes_soc;
    by("#power").placeholder = kind && kind.most_kw !== null ? `full (${kind.most_kw})` : "full";
    fill("#soc-words", kind && kind.kind === "export" ? "down to" : "up to");
    by("#forbidden").hidden = !kind || !kind.forbidden;
    fill("#forbidden", kind && kind.forbidden ? `Not possible in this home: ${kind.forbidden}.` : "");
  }

  function showTimes() {
    const names = data.quarters.map((one) => one.x).join();
    for (const [id, quarters] of [["#from", data.quarters.slice(0, -1)], ["#to", data.quarters.slice(1)]]) {
      const select = by(id);
      if (select.dataset.names !== names && document.activeElement !== select) {
        select.dataset.names = names;
        fill(select, quarters.map((one) => element("option", one.label, { value: one.x })));
      }
      if (pick && document.activeElement !== select) select.value = String(id === "#from" ? pick.from : pick.to);
    }
  }

  function wish() {
    const kind = kindOf();
    const made = { kind: pick.kind, start: pick.from, end: pick.to };
    const power = by("#power").value;
    const soc = by("#soc").value;
    if (kind.most_kw !== null && power !== "") made.power_kw = Number(power);
    if (kind.takes_soc && soc !== "") made.soc_percent = Number(soc);
    return made;
  }

  function drawPick() {
    showPick();
    showTimes();
    by("#look").disabled = !pick || by("#look").dataset.busy === "yes";
    by("#drop").disabled = !pick;
  }

  /** What is shown of another block is no answer to this one. */
  function changed() {
    drawPick();
    if (!pick || JSON.stringify(wish()) !== drawnFor) {
      by("#found").hidden = true;
      by("#asking").hidden = false;
      fill("#asking", pick
        ? "Look at the cost: nothing changes until you apply it."
        : "Choose a time and look at the cost: nothing changes until you apply it.");
    }
  }

  for (const id of ["#from", "#to"]) {
    by(id).onchange = (event) => {
      const at = Number(event.currentTarget.value);
      event.currentTarget.blur();
      if (!pick) choose("battery", at, at + HOUR);
      else if (id === "#from") setSpan(at, Math.max(pick.to, at + QUARTER));
      else setSpan(Math.min(pick.from, at - QUARTER), at);
    };
  }
  for (const id of ["#power", "#soc"]) by(id).oninput = () => { if (pick) changed(); };

  by("#drop").onclick = () => {
    pick = null;
    drawnFor = "";
    showKinds();
    changed();
  };

  // ---- the preview ---------------------------------------------------------------------------------

  by("#look").onclick = async (event) => {
    const button = event.currentTarget;
    const asked = wish();
    button.dataset.busy = "yes";
    button.disabled = true;
    by("#found").hidden = true;
    by("#asking").hidden = false;
    fill("#asking", "Planning with your block, to compare. The plan itself stays as it is.");
    try {
      const answer = await post("preview_block", asked);
      if (!pick || JSON.stringify(wish()) !== JSON.stringify(asked)) return;
      drawnFor = JSON.stringify(asked);
      showFound(answer);
    } catch (error) {
      fill("#asking", `${error.message}.`.replace(/[.]{2,}$/, "."));
    } finally {
      button.dataset.busy = "";
      button.disabled = !pick;
    }
  };

  function showFound(answer) {
    const found = by("#found");
    found.dataset.tone = answer.tone;
    fill("#amount", answer.amount);
    fill("#against", answer.against);
    fill("#verdict", answer.words);
    const fine = element("li", [icon("check"), element("span", "It breaks no limit.")], { class: "fine" });
    const limits = answer.limits.map((limit) => element("li", [icon("alert"), element("span", limit.words)], { dataset: { limit: limit.what } }));
    fill("#limits", limits.length ? limits : [fine]);
    showSocs(answer);
    by("#changes-title").hidden = answer.changes.length === 0;
    fill("#changes", answer.changes.map((change) => element("li", [element("span", change.when, { class: "when" }), element("span", change.words)])));
    by("#asking").hidden = true;
    found.hidden = false;
    by("#apply").disabled = false;
  }

  function showSocs(answer) {
    const { before, after } = answer.soc;
    by("#socs").hidden = after.x.length < 2;
    if (after.x.length < 2) return;
    const [from, to] = [after.x[0], after.x[after.x.length - 1]];
    const x = (at) => (1000 * (clamp(at, from, to) - from)) / (to - from);
    const span = drawn("rect", { x: x(answer.from), y: 0, width: Math.max(x(answer.to) - x(answer.from), 2), height: 100, class: pick.kind });
    fill("#socs", [
      drawn("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": "State of charge with and without the block" },
        span, drawn("path", { class: "before", d: socPath(before, from, to) }), drawn("path", { class: "after", d: socPath(after, from, to) })),
      element("figcaption", [element("span", "battery with your block"), element("span", "as planned", { class: "old" })]),
    ]);
  }

  by("#apply").onclick = async (event) => {
    event.currentTarget.disabled = true;
    const answer = await act("apply_block", wish());
    event.target.disabled = false;
    if (!answer) return;
    expectPlan();
    say(`${answer.block.title}, ${answer.block.span}: it is in the plan now, and stays there until it is over.`);
    by("#drop").onclick();
  };

  /** A changed plan takes some seconds: ask for it soon, not only at the next turn. */
  function expectPlan() {
    for (const wait of [2000, 4000, 7000, 11000]) setTimeout(Darkstar.refresh, wait);
  }

  // ---- the owner's blocks --------------------------------------------------------------------------

  function showBlocks() {
    by("#no-blocks").hidden = data.blocks.length > 0;
    fill("#blocks", data.blocks.map((block) => element("li", [
      element("span", [], { class: "mark" }),
      element("span", [element("strong", block.title), element("small", `${block.span}. ${block.state}.`)]),
      element("button", [icon("close"), "Remove"], {
        type: "button", class: "button", dataset: { remove: block.number },
        onclick: async (event) => {
          event.currentTarget.disabled = true;
          if (!(await act("remove_block", { number: block.number }))) return;
          expectPlan();
          say(`${block.title} is removed. The plan is made anew.`);
        },
      }),
    ], { class: `${block.kind}${block.runs ? " runs" : ""}` })));
  }

  Darkstar.page({
    show(answer) {
      data = answer;
      if (pick) {
        const was = pick.from;
        if (pick.to <= data.start) pick = null;
        else pick.from = Math.max(pick.from, data.start);
        if (!pick || pick.from !== was) changed();
      }
      if (!hold) {
        showHours();
        showPrices();
        showLanes();
        showKinds();
      }
      fill("#made", data.made ? `Plan of ${data.made}. Drag over a device, or tap it, to put a block there.` : "There is no plan yet.");
      drawPick();
      showBlocks();
    },
  });
})();
