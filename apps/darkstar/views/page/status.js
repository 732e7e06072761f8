"use strict";

(() => {
  const { element, icon, by, fill, act, say } = Darkstar;
  const SPACE = "http://www.w3.org/2000/svg";
  const TONES = { pv: "--solar", grid: "--buy", battery: "--soc", home: "--home", heater: "--heater", car: "--car" };
  const SIGNS = { pv: "solar", grid: "grid", battery: "battery", home: "home", heater: "heater", car: "car" };
  const NAMES = { pv: "Solar", grid: "Grid", battery: "Battery", home: "Home", heater: "Water", car: "Car" };
  const PLACES = { pv: [260, 54], grid: [66, 194], home: [260, 194], battery: [454, 194], heater: [100, 330], car: [420, 330] };
  const RADIUS = 47;
  const FULL_KW = 6;

  let minutes = null;
  let data = null;
  let reported = 0;  // the quick actions' time left counts down between two answers

  // ---- the flow ------------------------------------------------------------------------------------

  function drawn(tag, attributes, ...children) {
    const made = document.createElementNS(SPACE, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function edge(name) {
    const [x, y] = PLACES[name];
    const [hx, hy] = PLACES.home;
    const length = Math.hypot(hx - x, hy - y);
    const [ux, uy] = [(hx - x) / length, (hy - y) / length];
    const from = [x + ux * (RADIUS + 5), y + uy * (RADIUS + 5)];
    const to = [hx - ux * (RADIUS + 5), hy - uy * (RADIUS + 5)];
    return `M${from.map((at) => at.toFixed(1))} L${to.map((at) => at.toFixed(1))}`;
  }

  function node(name) {
    const [x, y] = PLACES[name];
    const sign = drawn("use", { href: `#i-${SIGNS[name]}`, x: x - 15, y: y - 33, width: 30, height: 30, class: "sign" });
    const parts = [drawn("circle", { cx: x, cy: y, r: RADIUS, class: "disc" }), sign];
    if (name === "battery") {
      parts.push(drawn("circle", { cx: x, cy: y, r: RADIUS, class: "ring", pathLength: 100, transform: `rotate(-90 ${x} ${y})`, "stroke-dasharray": "0 100" }));
    }
    parts.push(drawn("text", { x, y: y + 19, class: "power" }));
    const beside = name === "pv";  // below it runs the wire
    parts.push(drawn("text", beside ? { x: x + RADIUS + 14, y: y + 5, class: "words side" } : { x, y: y + RADIUS + 20, class: "words" }));
    return drawn("g", { class: "node", "data-node": name, style: `--tone: var(${TONES[name]})` }, ...parts);
  }

  function map(names) {
    const others = names.filter((name) => name !== "home");
    const low = names.includes("heater") || names.includes("car");
    const top = names.includes("pv") ? 0 : 138;
    const wires = others.map((name) => drawn("path", { class: "wire", d: edge(name) }));
    const streams = others.map((name) => drawn("path", {
      class: "stream", d: edge(name), "data-stream": name, style: `stroke: var(${TONES[name]})`,
    }));
    return drawn("svg", {
      class: "map", viewBox: `-26 ${top} 572 ${(low ? 408 : 276) - top}`, role: "img", "aria-label": "Energy flow", "data-names": names.join(),
    }, ...wires, ...streams, ...names.map(node));
  }

  function showFlow(flow) {
    const names = Object.keys(flow);
    if (by("#flow svg.map")?.dataset.names !== names.join()) by("#flow").replaceChildren(map(names));
    for (const [name, each] of Object.entries(flow)) {
      const shape = by(`[data-node="${name}"]`);
      const live = name === "heater" ? each.on : Boolean(each.kw);
      shape.classList.toggle("live", live);
      if (name === "grid") shape.style.setProperty("--tone", `var(${each.kw < 0 ? "--sell" : "--buy"})`);
      fill(shape.querySelector(".power"), each.power);
      fill(shape.querySelector(".words"), each.words || NAMES[name]);
      if (!shape.querySelector("title")) shape.prepend(drawn("title", {}, NAMES[name]));
      if (name !== "home") showStream(name, name === "heater" ? (each.on ? -2 : 0) : each.kw || 0);
    }
    const soc = data.battery.soc;
    const ring = by('[data-node="battery"] .ring');
    ring.setAttribute("stroke-dasharray", `${soc ?? 0} 100`);
    ring.style.opacity = soc ? 1 : 0;
  }

  // More power moves faster. Only what has changed is set: an animation that is set anew would jump.
  function showStream(name, kw) {
    const stream = by(`[data-stream="${name}"]`);
    stream.classList.toggle("live", kw !== 0);
    stream.classList.toggle("away", kw < 0);
    if (name === "grid") stream.style.stroke = `var(${kw < 0 ? "--sell" : "--buy"})`;
    const seconds = (4.2 - 3.2 * Math.min(Math.abs(kw) / FULL_KW, 1)).toFixed(1);
    if (kw !== 0 && stream.style.animationDuration !== `${seconds}s`) stream.style.animationDuration = `${seconds}s`;
  }

  // ---- words ---------------------------------------------------------------------------------------

  function showHero(hero) {
    by("#hero").dataset.tone = hero.tone;
    fill("#hero-icon", icon(hero.tone));
    fill("#headline", hero.headline);
    fill("#why", hero.why);
    fill("#then", hero.then);
    by("#hero").title = hero.more.join("\n");
  }

  function showMoney(money) {
    const unknown = money.total === null;
    fill("#cost", unknown ? "-" : money.total);
    fill("#cost-unit", unknown ? "" : `${money.currency} by midnight`);
    const parts = [];
    if (money.so_far !== null) parts.push(`${money.so_far} so far`);
    if (money.rest !== null) parts.push(`${money.rest} still planned`);
    fill("#cost-words", unknown ? "Neither measured nor planned yet" : parts.join(", "));
    fill("#energy", money.energy);
    fill("#saving", money.saving);
    by("#saving").classList.toggle("dearer", money.dearer);
  }

  function showProblems(problems) {
    const list = by("#problems");
    list.hidden = problems.length === 0;
    const shown = JSON.stringify(problems);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    fill(list, problems.map((problem) => element("li", [
      icon("alert"),
      element("div", [element("strong", problem.meaning), element("p", problem.remedy)]),
    ], { class: problem.severity })));
  }

  function showBattery(battery) {
    const known = battery.soc !== null;
    fill("#soc", known ? `${Math.round(battery.soc)} %` : "SoC unknown");
    fill("#soc-words", [battery.kwh, battery.target_words].filter(Boolean).join(", "));
    fill("#worth", battery.worth);
    by("#bar-fill").style.width = `${battery.soc ?? 0}%`;
    by("#bar-floor").style.width = `${battery.floor}%`;
    const mark = by("#bar-target");
    mark.hidden = battery.target === null;
    mark.style.left = `${battery.target ?? 0}%`;
    mark.dataset.words = `target ${Math.round(battery.target ?? 0)} %`;
    mark.style.setProperty("--shift", battery.target < 12 ? "-10%" : battery.target > 88 ? "-92%" : "-50%");
  }

  function showNext(rows) {
    const list = by("#next");
    const shown = JSON.stringify([rows, data.missing]);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    const scrolled = list.scrollTop;
    fill(list, rows.length ? rows.map((run) => element("li", [
      element("span", icon(run.action), { class: "dot" }),
      element("span", run.what, { class: "what" }),
      element("span", run.money, { class: "gain small" }),
      element("span", `${run.when}, ${run.until}`, { class: "when" }),
      element("span", run.energy, { class: "energy" }),
    ], { class: run.action, title: run.reason })) : element("li", element("span", data.missing, { class: "muted" })));
    list.scrollTop = scrolled;
    fill("#marks", data.marks ? `plan of ${data.marks.made}, ${data.marks.next}; ${data.marks.status_words}` : "");
  }

  // ---- steering ------------------------------------------------------------------------------------

  async function busy(button, action, payload) {
    button.disabled = true;
    const answer = await act(action, payload);
    button.disabled = false;
    return answer;
  }

  function showToggles(toggles) {
    const made = by("#toggles");
    if (made.children.length !== toggles.length) {
      fill(made, toggles.map((toggle) => element("button", [
        element("span", toggle.title), element("span", "", { class: "switch" }), element("small", ""),
      ], {
        class: "toggle", type: "button", role: "switch", id: `toggle-${toggle.name}`,
        onclick: (event) => busy(event.currentTarget, "switch", {
          name: toggle.name, on: event.currentTarget.getAttribute("aria-checked") !== "true",
        }),
      })));
    }
    for (const toggle of toggles) {
      const button = by(`#toggle-${toggle.name}`);
      button.setAttribute("aria-checked", String(toggle.on === true));
      button.disabled = toggle.fixed;
      fill(button.querySelector("small"), toggle.words);
    }
  }

  function showSelector(id, title, name, selector) {
    const place = by(id);
    place.hidden = !selector;
    if (!selector) return;
    if (!place.children.length) {
      const choices = ["as set", ...selector.names].map((label, level) => element("button", level || "Default", {
        type: "button", title: level ? `${level} ${label}` : "As in apps.yaml", dataset: { level },
        onclick: (event) => busy(event.currentTarget, "choose", { name, level }),
      }));
      fill(place, [
        element("div", [element("h2", title), element("span", "", { class: "small muted" })], { class: "row spread" }),
        element("div", choices, { class: "segments", role: "group", "aria-label": title }),
      ]);
    }
    fill(place.querySelector(".small"), selector.present ? selector.words : "not in Home Assistant");
    for (const button of place.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.level) === selector.level));
      button.disabled = !selector.present;
    }
  }

  function showActions(actions) {
    const place = by("#actions");
    if (place.dataset.kinds !== actions.map((action) => action.kind).join()) {
      place.dataset.kinds = actions.map((action) => action.kind).join();
      fill(place, actions.map((action) => element("button", [
        icon(action.icon), element("span", action.title), element("span", "", { class: "left" }), element("span", "", { class: "rest" }),
      ], {
        class: `action ${action.icon}`, type: "button", id: `action-${action.kind}`,
        onclick: (event) => pressed(event.currentTarget, action.kind),
      })));
    }
    for (const action of actions) {
      const button = by(`#action-${action.kind}`);
      const active = action.ends !== null;
      button.setAttribute("aria-pressed", String(active));
      button.title = active ? `${action.name} until ${action.until}: tap to end it` : action.name;
    }
    countDown();
  }

  // Tapping what is in force ends it, for the devices that it holds.
  async function pressed(button, kind) {
    const action = data.actions.find((each) => each.kind === kind);
    const order = action.ends === null ? { kind, minutes } : { kind: "clear", groups: action.groups };
    const answer = await busy(button, "order", order);
    if (answer) say(action.ends === null ? `${action.name} for ${minutes} minutes.` : `${action.name} ended: back to the plan.`);
  }

  function countDown() {
    if (!data) return;
    const now = data.now + performance.now() - reported;
    for (const action of data.actions) {
      const button = by(`#action-${action.kind}`);
      if (!button) continue;
      const left = action.ends === null ? 0 : Math.max(action.ends - now, 0) / 1000;
      fill(button.querySelector(".left"), action.ends === null ? "" : `${timeLeft(left)} left, tap to end`);
      button.querySelector(".rest").style.width = `${action.ends === null ? 0 : 100 * action.share}%`;
    }
  }

  function timeLeft(seconds) {
    if (seconds < 60) return `${Math.ceil(seconds)} s`;
    const whole = Math.ceil(seconds / 60);
    return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60 ? `${whole % 60} min` : ""}`.trim();
  }

  function showDurations() {
    if (minutes === null || data.minutes !== null) minutes = data.minutes ?? minutes ?? 60;
    const place = by("#durations");
    const choices = data.durations.includes(minutes) ? data.durations : [...data.durations, minutes].sort((a, b) => a - b);
    if (place.dataset.choices !== choices.join()) {
      place.dataset.choices = choices.join();
      fill(place, choices.map((choice) => element("button", choice < 120 ? `${choice} min` : `${choice / 60} h`, {
        type: "button", dataset: { choice },
        onclick: () => {
          minutes = choice;
          if (data.minutes !== null) {
            data.minutes = choice;
            act("set_number", { name: "override_minutes", value: choice });
          }
          showDurations();
        },
      })));
    }
    for (const button of place.children) button.setAttribute("aria-pressed", String(Number(button.dataset.choice) === minutes));
  }

  function showLimits(limits) {
    const place = by("#limits");
    if (place.dataset.names !== limits.map((limit) => limit.name).join()) {
      place.dataset.names = limits.map((limit) => limit.name).join();
      fill(place, limits.map((limit) => element("label", [limit.title, element("select", [], {
        id: `limit-${limit.name}`,
        onchange: (event) => busy(event.currentTarget, "set_number", { name: limit.name, value: Number(event.currentTarget.value) }),
      })])));
    }
    for (const limit of limits) {
      const select = by(`#limit-${limit.name}`);
      if (document.activeElement === select) continue;
      const steps = [...new Set([0, ...Array.from({ length: 19 }, (_, at) => 10 + 5 * at), limit.value])].sort((a, b) => a - b);
      if (select.children.length !== steps.length) {
        fill(select, steps.map((step) => element("option", step ? `${step} %` : `usual (${limit.usual} %)`, { value: step })));
      }
      select.value = String(limit.value);
    }
  }

  // ---- start ---------------------------------------------------------------------------------------

  fill("#plan-now", [icon("refresh"), "Plan now"]);
  by("#plan-now").onclick = async (event) => {
    if (await busy(event.currentTarget, "press", { name: "plan_now" })) say("Planning. The new plan is here in some seconds.");
  };

  Darkstar.page({
    show(answer) {
      data = answer;
      reported = performance.now();
      showHero(data.hero);
      showMoney(data.money);
      showProblems(data.problems);
      showFlow(data.flow);
      showBattery(data.battery);
      showNext(data.next);
      showToggles(data.toggles);
      showSelector("#risk", "Risk appetite", "risk_appetite", data.risk);
      showSelector("#comfort", "Hot water comfort", "comfort_level", data.comfort);
      showDurations();
      showActions(data.actions);
      showLimits(data.limits);
    },
    tick: countDown,
  });
})();
