// The charts. Their colours are the style's, so that they follow light and dark.
const color = n => getComputedStyle(document.documentElement).getPropertyValue("--" + n).trim();
const narrow = () => window.innerWidth <= 760;
const short = v => v >= 1e6 ? +(v / 1e6).toPrecision(3) + "M" : v >= 1e3 ? +(v / 1e3).toPrecision(3) + "k" : +v.toPrecision(3) + "";
const canvas_of = id => document.querySelector("#" + id + " canvas");
const palette = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#d4a72c", "#b07aa1", "#9c755f", "#e78ac3", "#8c96a3", "#3b9ab2", "#a6761d"];
// Kinds of stage, the largest in LUTs first: a kind has one colour and one place in all charts.
const weights = {};
for (const {area} of Object.values(run.parts)) for (const [kind, lut] of area) weights[kind] = (weights[kind] || 0) + lut;
const kinds = Object.keys(weights).sort((a, b) => weights[b] - weights[a]);
const kind_color = kind => palette[Math.max(0, kinds.indexOf(kind)) % palette.length];
Object.assign(Chart.defaults, {animation: false, responsive: true, maintainAspectRatio: false, locale: "en"});
Chart.defaults.font.family = "system-ui, sans-serif";

const tooltip = () => ({backgroundColor: color("card"), titleColor: color("text"), bodyColor: color("text"), borderColor: color("faint"), borderWidth: 1, padding: 8, displayColors: false, bodyFont: {size: narrow() ? 11 : 12}});
const legend = () => ({position: "top", labels: {color: color("text"), usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 12}});
const axis = (title, more = {}) => ({
  ...more, title: {display: title !== "", text: title, color: color("text")}, grid: {color: color("line"), borderColor: color("faint"), tickColor: color("line")},
  ticks: {color: color("faint"), maxRotation: 0, ...more.ticks}
});

// Designs lie in the first three sets, each in one; the others are marks around some of them.
const sets = [["does not fit", p => !p.fits], ["fits", p => p.fits && !p.front], ["front", p => p.fits && p.front]];
const marks = [["simulated (SystemC)", p => measured(p).simulated], ["co-simulated (RTL)", p => measured(p).rtl], ["synthesised (Yosys)", p => measured(p).synthesised]];
const looks = () => [
  {pointStyle: "circle", pointRadius: 2.5, backgroundColor: color("misfit")}, {pointStyle: "circle", pointRadius: 2.5, backgroundColor: color("fits")},
  {pointStyle: "circle", pointRadius: 4, backgroundColor: color("front")}, {pointStyle: "circle", pointRadius: 7, borderWidth: 1.5},
  {pointStyle: "rect", pointRadius: 11, borderWidth: 1.5}, {pointStyle: "cross", pointRadius: 11, borderWidth: 1.5},
  {pointStyle: "rectRot", pointRadius: 12, borderWidth: 2.5, borderColor: color("accent")}
].map((look, i) => ({borderWidth: 0, borderColor: color("mark"), backgroundColor: "transparent", ...look, pointBorderColor: look.borderColor || color("mark"), pointBackgroundColor: look.backgroundColor || "transparent", pointBorderWidth: look.borderWidth || 0, pointHitRadius: 0, pointHoverRadius: look.pointRadius + (i < 3 ? 2 : 0), hoverBorderWidth: look.borderWidth || 0}));

// What a logarithm cannot show, none at all, stands left of the least that there is.
const kNone = 0.25;
const place = (p, x, logarithmic) => ({x: logarithmic ? Math.max(p[x], kNone) : p[x], y: p.fps, p});

// The design under the pointer, those of the front before others.
Chart.Interaction.modes.design = (chart, event) => {
  const {x, y} = Chart.helpers.getRelativePosition(event, chart);
  let best = [], least = 144;
  sets.forEach((_, datasetIndex) => {
    if (!chart.isDatasetVisible(datasetIndex)) return;
    chart.getDatasetMeta(datasetIndex).data.forEach((element, index) => {
      const distance = (element.x - x) ** 2 + (element.y - y) ** 2 - (datasetIndex === 2 ? 9 : 0);
      if (distance < least) { best = [{element, datasetIndex, index}]; least = distance; }
    });
  });
  return best;
};

// Logarithmic scales end where the designs do, not at powers of ten, and tell 1, 2, 5, 10; more where that were little.
function scale(title, logarithmic, values) {
  if (!logarithmic || values.length === 0) return axis(title, {type: "linear", beginAtZero: true, ticks: {callback: v => short(v)}});
  const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b)), told = high / low < 8 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  const round = v => told.some(m => Math.abs(v / (m * 10 ** Math.floor(Math.log10(v) + 1e-9)) - 1) < 1e-6);
  return axis(title + (low === kNone ? ", none: leftmost" : ""), {type: "logarithmic", min: low / 1.2, max: high * 1.2, ticks: {callback: v => high / low < 2 || round(v) ? short(v) : null}});
}

let plot = null;
function draw_plot(list, view, chosen, on_click) {
  const data = [...sets, ...marks].map(([label, has]) => ({label, data: list.filter(has).map(p => place(p, view.x, view.logx))}));
  data.push({label: "chosen", data: chosen && list.includes(chosen) ? [place(chosen, view.x, view.logx)] : []});
  const styles = looks();
  data.forEach((set, i) => Object.assign(set, styles[i], {hidden: plot ? !plot.isDatasetVisible(i) : false}));
  // The last set is drawn first otherwise, and the front would lie under the others.
  data.forEach((set, i) => { set.order = -i; });
  const options = {
    parsing: false, normalized: true, interaction: {mode: "design"}, layout: {padding: {right: 10}},
    scales: {
      x: scale(at("x").selectedOptions[0].text + ", estimated", view.logx, list.map(p => place(p, view.x, true).x)), y: scale("images a second, estimated", view.logy, list.map(p => p.fps))
    },
    plugins: {
      legend: {...legend(), labels: {...legend().labels, sort: (a, b) => a.datasetIndex - b.datasetIndex, filter: (item, d) => item.datasetIndex < 3 || d.datasets[item.datasetIndex].data.length > 0}},
      tooltip: {...tooltip(), callbacks: {title: items => items.length ? headline(items[0].raw.p) : "", label: item => hover_lines(item.raw.p)}}
    },
    onClick: (_, items, chart) => { if (items.length) on_click(chart.data.datasets[items[0].datasetIndex].data[items[0].index].p); },
    onHover: (event, items) => { event.native.target.style.cursor = items.length ? "pointer" : "default"; }
  };
  if (plot) { plot.data.datasets = data; plot.options = options; plot.update(); }
  else plot = new Chart(canvas_of("plot"), {type: "scatter", data: {datasets: data}, options, plugins: [{id: "count", afterUpdate: count_drawn}]});
}

// For tests: what Chart.js holds, not what it was given.
function count_drawn(chart) {
  const shown = i => chart.isDatasetVisible(i) ? chart.getDatasetMeta(i).data.filter(e => isFinite(e.x) && isFinite(e.y)).length : 0;
  const root = document.body.dataset;
  [root.misfits, root.others, root.drawnFront, root.simulated, root.cosimulated, root.synthesised] = [0, 1, 2, 3, 4, 5].map(shown);
  root.drawn = shown(0) + shown(1) + shown(2);
}

// A chart of bars that lie, made anew for each design.
const bars = {};
function draw_bars(id, labels, datasets, x, more) {
  if (bars[id]) bars[id].destroy();
  bars[id] = new Chart(canvas_of(id), {
    type: "bar", data: {labels, datasets},
    options: {
      indexAxis: "y", layout: {padding: {right: 10}}, interaction: {mode: "nearest", axis: "y", intersect: false},
      scales: {x, y: axis("", {stacked: more.stacked, ticks: {autoSkip: false, font: {size: narrow() ? 10 : 11}}, grid: {display: false}})},
      plugins: {legend: {display: false}, tooltip: {...tooltip(), callbacks: {label: more.label}}, ...more.plugins}
    }
  });
}

// By kind: a bar for each resource, its parts adding up to all that the design takes of it.
function draw_area(parts) {
  const present = resources.map(([title], i) => [title, parts.area.reduce((sum, row) => sum + row[i + 1], 0), i + 1]).filter(([, total]) => total > 0);
  const rows = [...parts.area].sort((a, b) => kinds.indexOf(a[0]) - kinds.indexOf(b[0]));
  document.body.dataset.areaLut = parts.area.reduce((sum, row) => sum + row[1], 0);
  draw_bars("area", present.map(([title, total]) => title + " " + figure(total)),
    rows.map(row => ({label: row[0], backgroundColor: kind_color(row[0]), data: present.map(([, total, i]) => 100 * row[i] / total)})),
    axis("% of the design's own", {stacked: true, max: 100}), {
      stacked: true, label: item => item.dataset.label + ": " + figure(rows[item.datasetIndex][present[item.dataIndex][2]]) + " " + present[item.dataIndex][0] + ", " + item.raw.toFixed(1) + " %; " + rows[item.datasetIndex][6] + " levels of LUTs between registers",
      plugins: {legend: legend()}
    });
  bars.area.options.interaction = {mode: "point", intersect: true};
  bars.area.update();
}

// By stage, in the order in which an image passes them.
function draw_stages(p, parts) {
  const stages = parts.stages.map(([i, first, last, busy]) => ({name: run.stage_names[i][0], kind: run.stage_names[i][1], first, last, busy}));
  document.body.dataset.stages = stages.length;
  for (const id of ["busy", "times"]) canvas_of(id).parentElement.style.height = 70 + (narrow() ? 14 : 17) * stages.length + "px";
  const labels = stages.map(s => narrow() ? s.name.replace(/^blocks\./, "") : s.name), backgroundColor = stages.map(s => kind_color(s.kind));
  const look = {backgroundColor, barPercentage: 1, categoryPercentage: .8, minBarLength: 2};
  draw_bars("busy", labels, [{...look, data: stages.map(s => 100 * s.busy / p.ii)}], axis("% of the II of " + grouped(p.ii) + " cycles", {max: 100, beginAtZero: true}),
    {label: item => { const s = stages[item.dataIndex]; return [s.kind + ": busy " + grouped(s.busy) + " of " + grouped(p.ii) + " cycles", percent(s.busy / p.ii, 1) + ", estimated" + (s.busy === p.ii ? "; it sets the II" : "")]; }});
  draw_bars("times", labels, [{...look, data: stages.map(s => [s.first, s.last])}], axis("cycles since the image's first beat", {beginAtZero: true, ticks: {callback: v => short(v)}}),
    {label: item => { const s = stages[item.dataIndex]; return [s.kind + ": first output in cycle " + grouped(s.first), "last in cycle " + grouped(s.last) + ", estimated"]; }});
}
