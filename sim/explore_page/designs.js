// What the page knows of designs, and how it says it: every figure beside the word for where it comes from.
const at = id => document.getElementById(id);
const points = run.points.map(p => ({
  id: p[0], model: p[1], lanes: p[2], packed: p[3], device: p[4], clock: p[5], ii: p[6], lut: p[7], ff: p[8], dsp: p[9], bram: p[10],
  fits: p[11], front: p[12], accuracy: p[13], latency: p[14], roms: p[15], uram: p[16], simd: p[17], area: p[7] + p[9], fps: p[5] * 1e6 / p[6]
}));
const by_id = new Map(points.map(p => [p.id, p]));
const resources = [["LUT", "lut"], ["FF", "ff"], ["DSP", "dsp"], ["BRAM36", "bram36"], ["UltraRAM", "uram"]];
const measured = p => run.confirmed[p.id] || {};
const estimate = (p, key) => key === "bram36" ? p.bram : p[key];

const name = m => run.models[m].path.split("/").slice(-2).join("/") + (run.models[m].table_points ? ", " + run.models[m].table_points + " points" : "");
// Where all networks are one at several resolutions of its tables, these tell them apart.
const one_network = run.models.length > 1 && run.models.every(m => m.path === run.models[0].path);
const brief = m => one_network ? run.models[m].table_points + " points" : name(m);
const grouped = n => Math.round(n).toLocaleString("en");
const figure = n => n % 1 ? String(n) : grouped(n);
const percent = (a, digits = 2) => a === null ? "-" : (100 * a).toFixed(digits) + " %";
const rate = (p, ii) => p.clock * 1e6 / ii;

const width = p => (p.simd ? "tile " : "lanes ") + p.lanes;
// "lanes 4, two outputs a DSP, ROMs auto"
const choices = p => width(p) + (p.simd ? "" : (p.packed ? ", two outputs a DSP" : ", one output a DSP") + ", ROMs " + run.rom_styles[p.roms]);

// The lines of what appears when one points at a design.
function hover_lines(p) {
  const m = measured(p), model = run.models[p.model], lines = [name(p.model), p.device + ", " + p.clock + " MHz, " + choices(p)];
  const timed = (word, c) => lines.push(word + ": " + grouped(rate(p, c.ii_cycles)) + " images/s,", "    II " + grouped(c.ii_cycles) + ", latency " + grouped(c.latency_cycles) + " cycles");
  const costs = (word, cost) => lines.push(word + ": " + resources.filter(([, key]) => key !== "uram" || cost(key)).map(([title, key]) => figure(cost(key)) + " " + title).join(", "));
  timed("estimated", {ii_cycles: p.ii, latency_cycles: p.latency});
  if (m.simulated) timed("simulated", m.simulated);
  if (m.rtl) timed("co-simulated", m.rtl);
  costs("estimated", key => estimate(p, key));
  if (m.synthesised) costs("synthesised", key => m.synthesised[key]);
  if (p.accuracy !== null) lines.push("accuracy " + percent(p.accuracy) + ", golden on " + grouped(model.images) + " images");
  return lines;
}

const headline = p => "design " + p.id + (p.front ? ", on the front" : p.fits ? "" : ", does not fit");

// Rows of figures: [what, estimated, simulated, co-simulated, synthesised], texts.
function figure_rows(p) {
  const m = measured(p), device = run.devices[p.device] || {}, systemc = m.simulated, rtl = m.rtl, yosys = m.synthesised;
  const cycles = (title, mine, key) => [title, grouped(mine), systemc ? grouped(systemc[key]) : "", rtl ? grouped(rtl[key]) : "", ""];
  const rows = [
    ["images a second", grouped(p.fps), systemc ? grouped(rate(p, systemc.ii_cycles)) : "", rtl ? grouped(rate(p, rtl.ii_cycles)) : "", ""],
    cycles("II, cycles", p.ii, "ii_cycles"), cycles("latency, cycles", p.latency, "latency_cycles")
  ];
  if (systemc || rtl) rows.push(["values unlike golden's", "", ...[systemc, rtl].map(c => c ? grouped(c.mismatches) + " in " + c.images + " images" : ""), ""]);
  for (const [title, key] of resources) {
    const mine = estimate(p, key), theirs = yosys ? yosys[key] : 0;
    if (key === "uram" && !mine && !theirs) continue;
    const share = value => figure(value) + (device[key] ? " (" + percent(value / device[key], 1) + ")" : "");
    rows.push([title + ", share of " + p.device, share(mine), "", "", yosys ? share(theirs) : ""]);
  }
  const parts = run.parts[p.id], levels = (luts, carries) => luts + " of LUTs, " + carries + " of carries";
  const deepest = parts && parts.area.reduce((a, b) => b[6] > a[6] || (b[6] === a[6] && b[7] > a[7]) ? b : a);
  if (parts || yosys) rows.push(["levels between registers", parts ? levels(deepest[6], deepest[7]) + " (" + deepest[0] + ")" : "", "", "", yosys ? levels(yosys.logic_levels.luts, yosys.logic_levels.carries) : ""]);
  return rows;
}

// Columns of the table of the front: [title, where its figures come from, to sort by, text].
const columns = [
  ["design", "", p => p.id, p => p.id], [one_network ? "tables" : "network", "", p => one_network ? run.models[p.model].table_points : name(p.model), p => brief(p.model)], ["device", "", p => p.device, p => p.device],
  ["lanes or tile", "", p => p.lanes, width], ["images/s", "estimated", p => p.fps, p => grouped(p.fps)], ["II", "estimated", p => p.ii, p => grouped(p.ii)],
  ["LUT", "estimated", p => p.lut, p => grouped(p.lut)], ["FF", "estimated", p => p.ff, p => grouped(p.ff)], ["DSP", "estimated", p => p.dsp, p => grouped(p.dsp)],
  ["BRAM36", "estimated", p => p.bram, p => p.bram], ["accuracy", "golden", p => p.accuracy, p => percent(p.accuracy)],
  ["II", "simulated", p => (measured(p).simulated || {}).ii_cycles || 0, p => measured(p).simulated ? grouped(measured(p).simulated.ii_cycles) : ""],
  ["II", "co-simulated", p => (measured(p).rtl || {}).ii_cycles || 0, p => measured(p).rtl ? grouped(measured(p).rtl.ii_cycles) : ""],
  ["LUT", "synthesised", p => (measured(p).synthesised || {}).lut || 0, p => measured(p).synthesised ? grouped(measured(p).synthesised.lut) : ""]
].filter(([, , key], i) => i < 11 || points.some(p => key(p)));
