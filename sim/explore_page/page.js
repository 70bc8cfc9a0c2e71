// Filters, the design looked at, tables. What one sees stands in the address behind the #, so that a view can be shared.
const defaults = {device: "", kind: "", model: "", fits: false, front: false, x: "area", logx: true, logy: true, design: "", by: "4", down: true};
const view = {...defaults};

function read_address() {
  Object.assign(view, defaults);
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    if (key in defaults) view[key] = typeof defaults[key] === "boolean" ? value === "1" : value;
  }
  for (const key of ["device", "kind", "model", "x"]) {
    if (![...at(key).options].some(o => o.value === view[key])) view[key] = at(key).options[0].value;
    at(key).value = view[key];
  }
  for (const key of ["fits", "front", "logx", "logy"]) at(key).checked = view[key];
  if (!columns[+view.by]) view.by = defaults.by;
}

function write_address() {
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(view)) {
    if (value !== defaults[key] && !(at(key) && at(key).options && at(key).options.length === 1)) said.set(key, typeof value === "boolean" ? +value : value);
  }
  history.replaceState(null, "", "#" + said);
}

const shown = () => points.filter(p => (view.device === "" || p.device === view.device) && (view.kind === "" || p.simd === +view.kind) && (view.model === "" || p.model === +view.model)
  && (!view.fits || p.fits) && (!view.front || p.front));
const fastest = list => list.filter(p => p.front).reduce((best, p) => best === null || p.fps > best.fps || (p.fps === best.fps && run.parts[p.id] && !run.parts[best.id]) ? p : best, null);

const cells = (texts, tag) => texts.map(text => { const cell = document.createElement(tag); cell.textContent = text; return cell; });
function row_of(texts, tag = "td") {
  const row = document.createElement("tr");
  row.append(...cells(texts, tag));
  return row;
}

// Titles, and under each the word for where its figures come from.
function head_of(titles) {
  const row = row_of(titles.map(([title]) => title), "th");
  titles.forEach(([, source], i) => {
    const small = document.createElement("small");
    small.textContent = source || "\u00a0";
    row.cells[i].append(small);
  });
  return row;
}

function draw() {
  const list = shown(), chosen = (view.design === "" ? null : by_id.get(+view.design)) || fastest(list) || fastest(points);
  at("nothing").style.display = list.length ? "none" : "block";
  draw_plot(list, view, chosen, choose);
  draw_front(list, chosen);
  draw_design(chosen);
}

function choose(p) {
  view.design = String(p.id);
  write_address();
  draw();
  copy(p);
}

async function copy(p) {
  const yaml = run.yaml[p.id], said = text => { at("said").textContent = text; };
  if (!yaml) return said("Design " + p.id + " is shown below. Only designs of the front have a scenario to copy.");
  const file = "scenarios/front-" + String(p.id).padStart(5, "0") + ".yaml";
  try {
    await navigator.clipboard.writeText(yaml);
    said("The scenario of design " + p.id + " is in the clipboard; it is " + file + ", too.");
  } catch {
    said("The browser keeps the clipboard to itself; the scenario of design " + p.id + " is " + file + ", and stands below.");
  }
}

function draw_design(p) {
  const body = document.body.dataset, parts = p && run.parts[p.id];
  at("design").hidden = !p;
  body.chosen = p ? p.id : "";
  body.stages = 0;
  if (!p) return;
  at("chosen").textContent = headline(p).replace("d", "D") + (view.design === "" ? ": the fastest" : "");
  at("parameters").textContent = name(p.model) + "; " + p.device + " at " + p.clock + " MHz; " + choices(p)
    + (p.accuracy === null ? "" : "; accuracy " + percent(p.accuracy) + " (golden model, " + grouped(run.models[p.model].images) + " images)") + ".";
  const m = measured(p), wanted = [true, true, m.simulated, m.rtl, m.synthesised], pick = row => row.filter((_, i) => wanted[i]);
  at("figures").tHead.replaceChildren(row_of(pick(["", "estimated", "simulated (SystemC)", "co-simulated (RTL)", "synthesised (Yosys)"]), "th"));
  at("figures").tBodies[0].replaceChildren(...figure_rows(p).map(row => row_of(pick(row))));
  const yaml = run.yaml[p.id];
  at("scenario").hidden = !yaml;
  at("yaml").textContent = yaml || "";
  at("copy").onclick = () => copy(p);
  at("area").hidden = !parts;
  at("stages").hidden = !parts || !parts.stages;
  at("parts").textContent = parts ? "" : "Area by kind and the times of stages are kept of " + grouped(Object.keys(run.parts).length) + " designs of the front, evenly spread. ";
  if (parts) {
    draw_area(parts);
    if (parts.stages) draw_stages(p, parts);
    return;
  }
  const near = Object.keys(run.parts).map(id => by_id.get(+id)).reduce((best, q) => best === null || Math.abs(Math.log(q.fps / p.fps)) < Math.abs(Math.log(best.fps / p.fps)) ? q : best, null);
  if (!near) return;
  const button = document.createElement("button");
  button.textContent = "the nearest in speed: design " + near.id;
  button.onclick = () => choose(near);
  at("parts").append(button);
}

function draw_front(list, chosen) {
  const by = +view.by, key = columns[by][2], front = list.filter(p => p.front);
  front.sort((a, b) => { const [x, y] = [key(a), key(b)]; return (x < y ? -1 : x > y ? 1 : 0) * (view.down ? -1 : 1); });
  at("listed").textContent = grouped(front.length) + " designs" + (list.length < points.length ? ", as filtered" : "") + ". A click on a title sorts, on a row shows and copies the design.";
  const head = head_of(columns.map(([title, source], i) => [title + (i === by ? (view.down ? " \u25be" : " \u25b4") : ""), source]));
  [...head.cells].forEach((th, i) => {
    th.tabIndex = 0;
    th.ariaSort = i === by ? (view.down ? "descending" : "ascending") : "none";
    th.onclick = () => { view.down = i === by ? !view.down : true; view.by = String(i); write_address(); draw(); };
    th.onkeydown = event => { if (event.key === "Enter") th.onclick(); };
  });
  at("designs").tHead.replaceChildren(head);
  at("designs").tBodies[0].replaceChildren(...front.map(p => {
    const row = row_of(columns.map(([, , , text]) => text(p)));
    row.onclick = () => choose(p);
    row.className = p === chosen ? "chosen" : "";
    return row;
  }));
  document.body.dataset.rows = front.length;
}

function draw_errors() {
  const off = (e, m) => m === 0 ? (e === 0 ? "0" : "+" + e) : (e < m ? "" : "+") + (100 * (e / m - 1)).toFixed(1) + " %";
  at("validation").textContent = run.validation + ". Whole designs; many leaves of the shipped ones are among the measured, of odd-* and artix-* the fewest. Clocks: no open tool places and routes for these devices; what is told is how many levels of logic lie between registers, "
    + "by Yosys, " + run.placed + ".";
  at("errors").tHead.replaceChildren(head_of([["design", ""], ...["LUT", "FF", "DSP", "BRAM36"].flatMap(title => [[title, "synthesised"], [title, "estimated"], ["off", ""]])]));
  at("errors").tBodies[0].replaceChildren(...run.validated.map(({design, measured: m, estimated: e}) =>
    row_of([design, ...["lut", "ff", "dsp", "bram36"].flatMap(key => [figure(m[key]), figure(e[key]), off(e[key], m[key])])])));
}

document.body.dataset.points = points.length;
document.body.dataset.parts = Object.keys(run.parts).length;
document.title = run.scenario + ", explored";
at("title").textContent = run.scenario + ": " + grouped(points.length) + " designs";
at("what").textContent = grouped(points.filter(p => p.fits).length) + " fit, " + grouped(points.filter(p => p.front).length) + " are on the exact front over images a second, LUT + DSP, "
  + "BRAM36 and accuracy. Estimated: cycles by the plan, which SystemC and RTL are held against, and areas by the cost model; simulated: in SystemC, and as RTL; synthesised: by Yosys. "
  + grouped(Object.keys(run.confirmed).length) + " designs were measured. psaflow " + run.version + ".";
for (const [id, values, text] of [["device", [...new Set(points.map(p => p.device))], v => v], ["kind", [...new Set(points.map(p => p.simd))], v => v ? "fixed-size" : "streaming"], ["model", run.models.map((_, i) => i), brief]]) {
  if (values.length !== 1) at(id).add(new Option("all", ""));
  for (const v of values) at(id).add(new Option(text(v), v));
}
at("filters").addEventListener("submit", event => event.preventDefault());
at("filters").addEventListener("input", () => {
  for (const key of ["device", "kind", "model", "x"]) view[key] = at(key).value;
  for (const key of ["fits", "front", "logx", "logy"]) view[key] = at(key).checked;
  write_address();
  draw();
});
let was_narrow = narrow();
window.addEventListener("resize", () => { if (was_narrow !== narrow()) { was_narrow = narrow(); draw(); } });
window.addEventListener("hashchange", () => { read_address(); draw(); });
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw_errors();
read_address();
draw();
