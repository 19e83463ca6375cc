"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const ALL = "";
const BATCH = 12;
const PIPS = ["#ffd152", "#5cc8ff", "#ff85a0", "#86e280", "#c8a0ff", "#ffa554", "#5ae1cd", "#d6d6d6"];
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
let shown = BATCH;
let zoomed = null;

// Texts of a recording are data: they are only ever set as text.
function make(tag, settings = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name === "text") element.textContent = value;
    else if (name === "style") Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function draw(tag, settings) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(settings).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}

const signed = (value, digits = 2) =>
  (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const unique = (values) => [...new Set(values)];
const kinds = (episode) => unique(episode.plan.map((edit) => edit.action));
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// Wilson's 95 % interval, as in editenv_policies.evaluation.
function interval(solved, trials) {
  const z = 1.96, share = solved / trials, scale = 1 + (z * z) / trials;
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const centre = share + (z * z) / (2 * trials);
  return [Math.max((centre - spread) / scale, 0), Math.min((centre + spread) / scale, 1)];
}

function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(value);
  }
  return groups;
}

/* Results and curves */
function scoreRow(episodes) {
  const solved = episodes.filter((episode) => episode.solved).length;
  const share = solved / episodes.length, [low, high] = interval(solved, episodes.length);
  const percent = (value) => `${(100 * value).toFixed(1)}%`;
  const meter = make("span", { class: "meter", title: `95 % interval: ${percent(low)} to ${percent(high)}` },
    make("i", { style: { width: percent(share) } }),
    make("b", { style: { left: percent(low), width: percent(high - low) } }));
  return make("tr", {},
    make("td", { class: "env", text: episodes[0].env }),
    make("td", {}, make("strong", { text: episodes[0].policy }), make("small", { text: episodes[0].env })),
    make("td", { class: "number", text: `${solved} of ${episodes.length}` }),
    make("td", { class: "share" }, meter),
    make("td", { class: "number", text: signed(mean(episodes.map((e) => e.return))) }),
    make("td", { class: "number", text: mean(episodes.map((e) => e.steps.length)).toFixed(1) }));
}

function showScores() {
  const names = [["environment", "env"], ["policy"], ["solved", "number"], ["95 % interval", "share"], ["return", "number"], ["calls", "number"]];
  const head = make("tr", {}, ...names.map(([text, kind]) => make("th", { text, class: kind || null, scope: "col" })));
  const groups = groupBy(data.episodes, (e) => JSON.stringify([e.env, e.split, e.policy]));
  byId("scores").append(make("table", {}, make("thead", {}, head),
    make("tbody", {}, ...[...groups.values()].map(scoreRow))));
}

function curveFigure({ title, axis, points }) {
  const wide = 320, high = 130, left = 38, bottom = 18, top = 6;
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const most = Math.max(...ys, title.endsWith("success") ? 1 : 0), least = Math.min(...ys, 0), range = most - least || 1;
  const x = (value) => left + ((value - xs[0]) / (xs[xs.length - 1] - xs[0] || 1)) * (wide - left - 6);
  const y = (value) => top + ((most - value) / range) * (high - top - bottom);
  const svg = draw("svg", { class: "curve", viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": title });
  const ends = unique([least, most]);
  const marks = ends.every((end) => Math.abs(y(0) - y(end)) > 14) ? [...ends, 0] : ends;
  for (const value of marks) {
    svg.append(draw("line", { class: "axis", x1: left, x2: wide - 6, y1: y(value), y2: y(value) }));
    const label = draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" });
    label.textContent = Math.abs(value) < 10 ? value.toFixed(value ? 2 : 0) : value.toFixed(0);
    svg.append(label);
  }
  for (const [place, anchor] of [[0, "start"], [points.length - 1, "end"]]) {
    const label = draw("text", { x: x(xs[place]), y: high - 3, "text-anchor": anchor });
    label.textContent = xs[place].toLocaleString("en");
    svg.append(label);
  }
  svg.append(draw("polyline", { class: "trace", points: points.map((p) => `${x(p[0])},${y(p[1])}`).join(" ") }));
  return make("figure", {}, make("figcaption", {}, make("b", { text: title }), ` over ${axis}`), svg);
}

/* Pictures */
function picture(number, label, paths, settings = {}) {
  const { w, h, src } = data.pictures[number];
  const svg = draw("svg", { viewBox: `0 0 ${w} ${h}`, "aria-hidden": "true" });
  for (const { d, kind, pip } of paths.filter((path) => path.d)) {
    const path = draw("path", { d, class: kind });
    if (pip) path.style.setProperty("--pip", pip);
    svg.append(path);
  }
  const frame = settings.onclick ? "button" : "span";
  const { pip = null, ...rest } = settings;
  if (frame === "button") rest.type = "button";
  return make(frame, { class: "picture", ...rest },
    make("img", { src, width: w, height: h, alt: label, loading: "lazy", decoding: "async" }), svg,
    pip === null ? null : make("span", { class: "pip", text: pip }));
}

const edges = (mask) => [{ d: mask, kind: "edge dark" }, { d: mask, kind: "edge bright" }];
const stains = (episode) =>
  episode.plan.map((edit, n) => ({ d: edit.mask, kind: "stain", pip: PIPS[n % PIPS.length] }));

function whatOf(step) {
  return [step.region_name, step.option_name].filter(Boolean).join(" → ");
}

/* One episode */
function termRows(terms, names, most) {
  const rows = names.flatMap((name) => {
    const value = Math.abs(terms[name] || 0) < 0.005 ? 0 : terms[name], zero = value ? "" : " zero";
    const length = `${(50 * Math.abs(value)) / most}%`;
    return [
      make("dt", { class: `term${zero}`, text: name.replaceAll("_", " ") }),
      make("dd", { class: "bar" }, make("i", { class: value < 0 ? "minus" : null, style: { width: length } })),
      make("dd", { class: `number${zero}`, text: value ? signed(value) : "0" }),
    ];
  });
  return make("dl", { class: "terms" }, ...rows);
}

// One scale for all that stand side by side.
function scaleOf(episodes) {
  const terms = episodes.flatMap((episode) => episode.steps).map((step) => step.reward_terms);
  const names = unique(terms.flatMap((found) => Object.keys(found)));
  const used = names.filter((name) => terms.some((found) => Math.abs(found[name] || 0) >= 0.005));
  const most = Math.max(...terms.flatMap((found) => Object.values(found).map(Math.abs)), 1e-9);
  return { names: used, most };
}

function ticks(step) {
  const marks = step.checklist.map((done, n) => make("span", {
    class: `tick${done ? " done" : ""}`, text: n + 1, title: `edit ${n + 1} is ${done ? "" : "not "}done`,
  }));
  return make("div", { class: "ticks" }, ...marks);
}

function wrongOf(step) {
  const why = step.failure ? `${step.failure.component}: ${step.failure.kind}` : step.invalid;
  return why ? make("div", { class: "wrong", text: `${step.failure ? "failed" : "invalid"}: ${why}` }) : null;
}

function stepFrame(episode, number, scale) {
  const step = episode.steps[number];
  const zoom = () => openZoom(episode, number);
  const kind = step.reward < 0 ? "minus" : "plus";
  const cost = step.cost.money ? ` · cost ${step.cost.money}` : "";
  return make("li", { class: "frame" },
    picture(step.picture, `after step ${number + 1}`, edges(step.mask), { pip: number + 1, onclick: zoom }),
    make("div", { class: "call" }, make("b", { text: step.tool, title: step.tool }), make("span", { class: kind, text: signed(step.reward) })),
    make("div", { class: "what", text: whatOf(step) + cost, title: whatOf(step) }),
    wrongOf(step), ticks(step),
    step.judge ? make("div", { class: "what", text: `judge: ${step.judge.score.toFixed(1)} of 10` }) : null,
    termRows(step.reward_terms, scale.names, scale.most));
}

function endFrame(number, name, text, paths) {
  return make("li", { class: "frame end" }, picture(number, name, paths),
    make("div", { class: "call" }, make("b", { text: name })), make("div", { class: "what", text }));
}

function runOf(episode, scale) {
  const result = episode.solved ? "solved" : episode.ended === "failure" ? "cut by a failure" : "not solved";
  const frames = episode.steps.map((_, number) => stepFrame(episode, number, scale));
  const target = episode.target === null ? null
    : endFrame(episode.target, "wanted", "the finished picture", stains(episode));
  return make("section", { class: "run", "aria-label": episode.policy },
    make("header", {}, make("strong", { text: episode.policy }),
      make("span", { class: `badge${episode.solved ? " good" : ""}`, text: result }),
      make("span", { class: "faint", text: `${plural(episode.steps.length, "call")}, return ${signed(episode.return)}` }),
      episode.ended === "step limit" ? make("span", { class: "faint", text: "· ended by a limit" }) : null),
    make("ol", { class: "strip", tabindex: "0", "aria-label": "steps" },
      endFrame(episode.source, "before", "the user’s picture", stains(episode)), ...frames, target));
}

function taskCard(episodes) {
  const first = episodes[0], scale = scaleOf(episodes);
  const seed = first.seed === null ? "" : ` · seed ${first.seed}`;
  const plan = first.plan.map((edit, n) => make("li", {},
    make("span", { class: "pip", text: n + 1, style: { "--pip": PIPS[n % PIPS.length] } }),
    make("b", { text: edit.action }), [edit.subject, edit.goal].filter(Boolean).join(" → ")));
  return make("article", { class: "task" },
    make("h2", { text: first.instruction }),
    make("p", { class: "about", text: `${first.env} · ${first.split}${seed}` }),
    make("ol", { class: "plan", "aria-label": "what is to be done" }, ...plan),
    make("div", { class: `runs${episodes.length > 1 ? " two" : ""}` }, ...episodes.map((e) => runOf(e, scale))));
}

/* One step, enlarged */
function openZoom(episode, number) {
  zoomed = { episode, number };
  const step = episode.steps[number];
  const before = number ? episode.steps[number - 1].picture : episode.source;
  const scale = scaleOf([episode]);
  const move = (by, text) => make("button", {
    type: "button", text, disabled: !episode.steps[number + by] && "", onclick: () => openZoom(episode, number + by),
  });
  const dialog = byId("zoom");
  dialog.replaceChildren(
    make("div", { class: "zoom-head" },
      make("h2", { text: [`${number + 1}. ${step.tool}`, whatOf(step)].filter(Boolean).join(": ") }),
      move(-1, "←"), move(1, "→"),
      make("button", { type: "button", text: "Close", onclick: () => dialog.close() })),
    make("div", { class: "pair" },
      make("figure", {}, make("figcaption", { text: "before" }), picture(before, "before", edges(step.mask))),
      make("figure", {}, make("figcaption", { text: "after" }), picture(step.picture, "after", [])),
      episode.target === null ? null : make("figure", {}, make("figcaption", { text: "wanted in the end" }),
        picture(episode.target, "wanted", []))),
    ...[wrongOf(step), ticks(step), termRows(step.reward_terms, scale.names, scale.most)].filter(Boolean));
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by || !byId("zoom").open || !zoomed.episode.steps[zoomed.number + by]) return;
  openZoom(zoomed.episode, zoomed.number + by);
});

/* Filters */
const RESULTS = {
  one: [["", "all"], ["solved", "solved"], ["missed", "not solved"], ["failure", "cut by a failure"]],
  two: [["", "all"], ["differ", "only one solved it"], ["first", "only the first"], ["second", "only the second"],
    ["solved", "both solved it"], ["missed", "neither"]],
};

function fill(select, pairs) {
  const before = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value, text })));
  select.value = pairs.some(([value]) => value === before) ? before : pairs[0][0];
}

const keep = {
  one: {
    solved: ([a]) => a.solved, missed: ([a]) => !a.solved, failure: ([a]) => a.ended === "failure",
  },
  two: {
    differ: ([a, b]) => a.solved !== b.solved, first: ([a, b]) => a.solved && !b.solved,
    second: ([a, b]) => !a.solved && b.solved, solved: ([a, b]) => a.solved && b.solved,
    missed: ([a, b]) => !a.solved && !b.solved,
  },
};

function chosen() {
  const wanted = Object.fromEntries(["env", "policy", "beside", "result", "kind", "words"].map((id) => [id, byId(id).value]));
  const words = wanted.words.trim().toLowerCase();
  const fits = data.episodes.filter((e) =>
    (wanted.env === ALL || e.env === wanted.env) && (wanted.kind === ALL || kinds(e).includes(wanted.kind)) &&
    e.instruction.toLowerCase().includes(words));
  const two = wanted.beside !== ALL;
  const of = (policy) => fits.filter((e) => policy === ALL || e.policy === policy);
  const groups = two ? pairs(of(wanted.policy), of(wanted.beside)) : of(wanted.policy).map((e) => [e]);
  const test = keep[two ? "two" : "one"][wanted.result];
  return test ? groups.filter(test) : groups;
}

function pairs(first, second) {
  const key = (e) => `${e.env} ${e.split} ${e.task}`;
  const others = new Map(second.map((e) => [key(e), e]));
  return first.filter((e) => others.has(key(e))).map((e) => [e, others.get(key(e))]);
}

function show() {
  const groups = chosen();
  byId("count").textContent = plural(groups.length, byId("beside").value === ALL ? "episode" : "task");
  const none = make("p", { class: "none", text: "No episode fits these filters." });
  byId("tasks").replaceChildren(...(groups.length ? groups.slice(0, shown).map(taskCard) : [none]));
  byId("more").hidden = groups.length <= shown;
}

function refilter() {
  const names = unique(data.episodes.map((e) => e.policy)).map((name) => [name, name]);
  const beside = byId("beside").value, two = beside !== ALL;
  fill(byId("policy"), two ? names.filter(([name]) => name !== beside) : [[ALL, "all"], ...names]);
  fill(byId("beside"), [[ALL, "nothing"], ...names.filter(([name]) => name !== byId("policy").value)]);
  byId("beside").disabled = names.length < 2;
  fill(byId("result"), RESULTS[two ? "two" : "one"]);
  shown = BATCH;
  show();
}

function toggle() {
  for (const name of ["regions", "masks"]) document.body.classList.toggle(name, byId(name).checked);
}

function start() {
  byId("title").textContent = data.title;
  byId("notes").textContent = data.notes;
  byId("notes").hidden = !data.notes;
  showScores();
  byId("curves").hidden = !data.curves.length;
  byId("curves").append(...data.curves.map(curveFigure));
  const options = (values) => [[ALL, "all"], ...unique(values).sort().map((value) => [value, value])];
  fill(byId("env"), options(data.episodes.map((e) => e.env)));
  fill(byId("kind"), options(data.episodes.flatMap(kinds)));
  byId("filters").addEventListener("input", refilter);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["regions", "masks"]) byId(name).addEventListener("input", toggle);
  byId("more").addEventListener("click", () => { shown += BATCH; show(); });
  toggle();
  refilter();
}

start();
