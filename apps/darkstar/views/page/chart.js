"use strict";

// Every chart of these pages. `Darkstar.chart(stage, build, chosen)` draws into the element `stage`: it can be zoomed (wheel,
// two fingers, + and -), moved (drag) and brought back (the page's button, double click, 0), and beside the spot that is
// pointed at (mouse, finger, arrow keys) stands a tip, never over it. For the stage "#stage-x" the parts are "#chart-x",
// "#touch-x", "#tip-x" ..., and the page has a button "#reset-x".
//
// `build()` answers with words where there is nothing to draw, else with what Plotly draws and what can be pointed at:
//   window    first and last value of the x axis: milliseconds, or places in a list
//   narrowest no narrower stretch of it is shown
//   ticks     function of the range and of its width in letters' heights: [{x, text}]; `hours` and `places` make one
//   spots     [{from, to, title, rows: [[label, value]], reason}]
//   traces, layout   as Plotly takes them; the x axis gets its range and ticks here
// `chosen(spot)` is called when a spot is tapped. Answers with {draw, whole}: draw anew, show all of it again.
Darkstar.chart = (() => {
  const { element, icon, by, fill, color, plotly, look } = Darkstar;
  const WHEEL_STEP = 0.0016;
  const KEY_STEP = 0.6;
  const MOVED_PX = 8;
  const GAP_PX = 16;
  const LEAST_FINGERS_PX = 20;
  const HOUR_EM = 4.7;
  const LETTER_EM = 0.6;
  const TIP_REM = 17.5;
  const LEAST_TIP_REM = 8;

  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function chart(stage, build, chosen = () => {}) {
    const suffix = stage.id.slice("stage".length);
    const part = (name, more = {}) => {
      const made = element("div", [], { id: `${name}${suffix}`, class: `chart-${name}`, ...more });
      stage.append(made);
      return made;
    };
    const plot = part("chart");
    const cursor = part("cursor", { hidden: true });
    const touch = part("touch", {
      tabindex: 0, role: "group", "aria-label": "Chart: arrow keys point, plus and minus zoom, 0 shows all",
    });
    const tip = part("tip", { class: "chart-tip card", role: "status", hidden: true });
    const message = part("message", { class: "chart-message muted" });
    const reset = by(`#reset${suffix}`);
    const fingers = new Map();

    let drawing = null;
    let range = null;  // what of it is shown; null: all
    let pointed = null;
    let grip = null;
    let broken = "";
    let frame = 0;
    let drawnFor = "";

    // ---- drawing -----------------------------------------------------------------------------------

    const size = () => `${stage.clientWidth} ${stage.clientHeight}`;
    const shown = () => range || drawing.window;

    function tell(text) {
      fill(message, text);
      message.hidden = text === "";
      plot.hidden = touch.hidden = text !== "";
      if (text) hideTip();
    }

    function draw() {
      const built = build();
      const words = typeof built === "string" ? built : broken;
      drawing = null;
      if (!words && !window.Plotly) plotly().then(draw, (error) => { broken = error.message; draw(); });
      tell(words || (window.Plotly ? "" : "Loading the chart."));
      if (words || !window.Plotly) {
        reset.disabled = true;
        return;
      }
      drawing = built;
      if (range && (range[0] < drawing.window[0] || range[1] > drawing.window[1])) range = null;
      reset.disabled = !range;
      drawnFor = size();
      const traces = drawing.traces.map((trace) => ({ ...trace, hoverinfo: "skip" }));
      Plotly.react(plot, traces, layout(), { displayModeBar: false, staticPlot: true, responsive: false });
    }

    function layout() {
      const base = look();
      return { ...base, ...drawing.layout, margin: { ...base.margin, ...drawing.layout.margin }, xaxis: axisX(base.font.size) };
    }

    function axisX(font) {
      const marks = drawing.ticks(shown(), (stage.clientWidth - 70) / font);
      return {
        gridcolor: color("--line"), zeroline: false, tickangle: 0, tickfont: { size: font }, ...drawing.layout.xaxis,
        fixedrange: true, range: shown().slice(), tickmode: "array",
        tickvals: marks.map((mark) => mark.x), ticktext: marks.map((mark) => mark.text),
      };
    }

    function soon(action) {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(action);
    }

    // The stage has another size: draw again, unless what is drawn fits already.
    function resized() {
      if (drawing && drawnFor !== size()) soon(draw);
    }

    // Zoomed and moved: only the axis changes.
    function move() {
      if (!drawing) return;
      reset.disabled = !range;
      const { range: to, tickvals, ticktext } = axisX(look().font.size);
      Plotly.relayout(plot, { "xaxis.range": to, "xaxis.tickvals": tickvals, "xaxis.ticktext": ticktext });
    }

    // ---- zooming and moving ------------------------------------------------------------------------

    function axis() {
      const found = drawing && plot._fullLayout && plot._fullLayout.xaxis;
      return found && { left: found._offset, width: found._length };
    }

    function valueAt(x) {
      const { left, width } = axis();
      const [from, to] = shown();
      return from + ((x - left) / width) * (to - from);
    }

    function pixelAt(value) {
      const { left, width } = axis();
      const [from, to] = shown();
      return left + ((value - from) / (to - from)) * width;
    }

    // A range inside what there is, never narrower than one can read; all of it is no zoom.
    function setRange(from, length) {
      const [first, last] = drawing.window;
      const kept = Math.min(Math.max(length, drawing.narrowest), last - first);
      const start = Math.min(Math.max(from, first), last - kept);
      range = kept >= last - first ? null : [start, start + kept];
      hideTip();
      soon(move);
    }

    function zoom(x, factor) {
      const [from, to] = shown();
      const at = valueAt(x);
      const length = Math.min(Math.max((to - from) * factor, drawing.narrowest), drawing.window[1] - drawing.window[0]);
      setRange(at - ((at - from) / (to - from)) * length, length);
    }

    function whole() {
      range = null;
      hideTip();
      draw();
    }

    function rolled(event) {
      if (!axis()) return;
      if (event.deltaY > 0 && !range) return;  // nothing left to zoom out of: the page scrolls
      event.preventDefault();
      zoom(inStage(event).x, Math.exp(Math.max(Math.min(event.deltaY, 240), -240) * WHEEL_STEP));
    }

    function inStage(event) {
      const box = stage.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    }

    const fingersX = () => [...fingers.values()].map((finger) => finger.x);

    function hold() {
      const [from, to] = shown();
      grip = { from, to, xs: fingersX(), moved: grip ? grip.moved : false };
    }

    function pressed(event) {
      if (!axis()) return;
      if (!fingers.size) grip = null;
      fingers.set(event.pointerId, inStage(event));
      touch.setPointerCapture(event.pointerId);
      hold();
    }

    function moved(event) {
      if (!axis()) return;
      const at = inStage(event);
      if (!fingers.has(event.pointerId)) {
        pointAt(at);
        return;
      }
      fingers.set(event.pointerId, at);
      const xs = fingersX();
      if (xs.length === 1) drag(xs[0]);
      else pinch(xs);
    }

    function drag(x) {
      if (!grip.moved && Math.abs(x - grip.xs[0]) < MOVED_PX) return;
      grip.moved = true;
      const length = grip.to - grip.from;
      setRange(grip.from - ((x - grip.xs[0]) / axis().width) * length, length);
    }

    // The two values under the two fingers stay under them.
    function pinch(xs) {
      grip.moved = true;
      const { left, width } = axis();
      const apart = Math.max(Math.abs(xs[1] - xs[0]), LEAST_FINGERS_PX);
      const before = Math.max(Math.abs(grip.xs[1] - grip.xs[0]), LEAST_FINGERS_PX);
      const length = (grip.to - grip.from) * (before / apart);
      const middle = (grip.xs[0] + grip.xs[1]) / 2;
      const held = grip.from + ((middle - left) / width) * (grip.to - grip.from);
      setRange(held - (((xs[0] + xs[1]) / 2 - left) / width) * length, length);
    }

    function released(event) {
      const tapped = fingers.size === 1 && fingers.has(event.pointerId) && grip && !grip.moved && event.type === "pointerup";
      fingers.delete(event.pointerId);
      if (fingers.size) hold();
      if (!tapped) return;
      pointAt(inStage(event));
      if (pointed) chosen(pointed);
    }

    // ---- pointing at a spot ------------------------------------------------------------------------

    function pointAt({ x, y }) {
      const { left, width } = axis();
      const value = valueAt(x);
      const inside = x >= left && x <= left + width;
      showTip(inside ? drawing.spots.find((spot) => spot.from <= value && value < spot.to) : null, y);
    }

    function showTip(spot, y) {
      if (!spot) {
        hideTip();
        return;
      }
      pointed = spot;
      const list = element("dl", spot.rows.flatMap(([label, value]) => [element("dt", label), element("dd", value)]));
      fill(tip, [element("strong", spot.title), list, ...(spot.reason ? [element("p", spot.reason)] : [])]);
      tip.hidden = cursor.hidden = false;
      place(y);
    }

    // Beside the spot: on the side with more room, and only as wide as fits there; with too little on both, below the chart.
    function place(y) {
      const { left, width } = axis();
      const [from, to] = [Math.max(pixelAt(pointed.from), left), Math.min(pixelAt(pointed.to), left + width)];
      const [room, height] = [stage.clientWidth, stage.clientHeight];
      const onTheRight = room - to >= from;
      const space = (onTheRight ? room - to : from) - GAP_PX;
      const below = space < LEAST_TIP_REM * rem();
      tip.style.width = `${Math.min(TIP_REM * rem(), below ? room : space)}px`;
      tip.style.left = `${below ? 0 : onTheRight ? to + GAP_PX : Math.max(from - GAP_PX - tip.offsetWidth, 0)}px`;
      tip.style.top = `${below ? height : Math.max(Math.min(y - tip.offsetHeight / 2, height - tip.offsetHeight), 0)}px`;
      cursor.style.cssText = `left:${from}px;width:${Math.max(to - from, 2)}px;top:0;bottom:${plot._fullLayout.margin.b}px`;
    }

    function hideTip() {
      tip.hidden = cursor.hidden = true;
      pointed = null;
    }

    // ---- keys --------------------------------------------------------------------------------------

    function step(by) {
      const [from, to] = shown();
      const { spots } = drawing;
      const at = pointed ? spots.indexOf(pointed) + by : spots.findIndex((spot) => spot.to > (from + to) / 2);
      const spot = spots[Math.min(Math.max(at, 0), spots.length - 1)];
      if (!spot) return;
      if (spot.from < from || spot.to > to) {
        setRange((spot.from + spot.to - (to - from)) / 2, to - from);
        cancelAnimationFrame(frame);
        move();
      }
      showTip(spot, stage.clientHeight / 2);
    }

    const KEYS = {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      "+": () => zoom(pixelAt(pointed ? pointed.from : (shown()[0] + shown()[1]) / 2), KEY_STEP),
      "-": () => zoom(pixelAt(pointed ? pointed.from : (shown()[0] + shown()[1]) / 2), 1 / KEY_STEP),
      0: whole,
      Escape: hideTip,
      Enter: () => { if (pointed) chosen(pointed); },
    };

    function typed(event) {
      const action = KEYS[event.key];
      if (!action || !axis()) return;
      event.preventDefault();
      action();
    }

    fill(reset, [icon("reset"), reset.title]);
    reset.disabled = true;
    reset.onclick = whole;
    touch.addEventListener("pointerdown", pressed);
    touch.addEventListener("pointermove", moved);
    touch.addEventListener("pointerup", released);
    touch.addEventListener("pointercancel", released);
    touch.addEventListener("pointerleave", () => { if (!fingers.size) hideTip(); });
    touch.addEventListener("dblclick", whole);
    touch.addEventListener("keydown", typed);
    touch.addEventListener("blur", hideTip);
    touch.addEventListener("wheel", rolled, { passive: false });
    new ResizeObserver(resized).observe(stage);
    return { draw, whole };
  }

  /** Labels for hours. `list` has {x, hour, label, day} for each hour of the home's clock: Plotly knows no time zones. */
  chart.hours = (list) => ([from, to], width) => {
    const hours = (to - from) / 3600000;
    const room = Math.max(width / HOUR_EM, 2);
    const every = [1, 2, 3, 4, 6, 12].find((step) => hours / step <= room) || 24;
    let day = "";
    const chosen = list.map((tick) => ({ ...tick, day: (day = tick.day || day) }))
      .filter((tick) => tick.x >= from && tick.x <= to && tick.hour % every === 0);
    // A day is named at its first label; a day of a single label at the edge has no room for its name.
    const named = (tick, at) => tick.day !== chosen[at - 1]?.day && (at > 0 || tick.day === chosen[1]?.day);
    return chosen.map((tick, at) => ({ x: tick.x, text: named(tick, at) ? `${tick.label}<br>${tick.day}` : tick.label }));
  };

  /** Labels for places in a list, by their titles; of too many the last one is kept, and every so many before it. */
  chart.places = (titles) => ([from, to], width) => {
    const inside = titles.map((text, x) => ({ x, text })).filter(({ x }) => x >= from && x <= to);
    const longest = Math.max(...titles.map((title) => title.length), 1) + 2;
    const every = Math.ceil((to - from) / Math.max(width / (longest * LETTER_EM), 1));
    return inside.filter((_, at) => (inside.length - 1 - at) % every === 0);
  };

  /** A word in the drawing, by default in its upper left. */
  chart.caption = (text, more) => ({
    text, xref: "paper", yref: "paper", x: 0, xanchor: "left", yanchor: "top", xshift: 4, showarrow: false,
    font: { size: look().font.size, color: color("--muted") }, bgcolor: color("--card", 0.75), ...more,
  });

  return chart;
})();
