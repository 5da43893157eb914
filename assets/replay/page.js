// The page around the pictures: texts, controls, keys.

const byId = (id) => document.getElementById(id);
const KEYS = [
  ["Space", "play, pause"],
  ["← →", "one frame; with Shift one second"],
  ["Home, End", "first and last frame"],
  ["↑ ↓", "faster, slower"],
  ["1, 2, 3", "from the front, from the side, from above; Alt with arrows turns the body, + and − zoom"],
  ["H", "heat on and off"],
  ["L", "loop"],
  ["N", "of a long clip the ten seconds around the moment"],
  ["T", "light, dark"],
];

function writeOnce() {
  byId("title").textContent = clip.title;
  byId("about").textContent = clip.about;
  byId("whole").textContent = clip.whole;
  byId("sentence").textContent = clip.sentence;
  byId("note").textContent = clip.note;
  byId("note").hidden = !clip.note;
  byId("precision").textContent = clip.precision;
  byId("beta-note").textContent = clip.beta_note;
  byId("matrix-note").textContent = clip.matrix_note;
  byId("near-label").hidden = clip.lastTime - clip.firstTime <= 12;
  byId("near").checked = state.near;
  for (const [keys, text] of KEYS) byId("keys").append(made("dt", keys), made("dd", text));
  for (const speed of SPEEDS) {
    const option = made("option", `${speed}×`);
    option.value = String(speed);
    option.selected = speed === 1;
    byId("speed").append(option);
  }
  const [low, high] = [clip.scale.ticks[0], clip.scale.ticks[clip.scale.ticks.length - 1]];
  for (const [value, text] of [["fixed", `${low} to ${high}`], ["clip", "this clip"], ["frame", "this frame"]]) {
    const option = made("option", text);
    option.value = value;
    byId("scale").append(option);
  }
  byId("scrub").max = String(clip.frames - 1);
  document.documentElement.style.setProperty("--rows", String(clip.rows.length));
  writeChips();
  writeTable();
  writeOcclusion();
  describeCharts();
}

/** Whose curve each is, with its value now. */
function writeChips() {
  clip.lines.forEach((action, number) => {
    const chip = made("li");
    const swatch = svgElement("svg", { width: 30, height: 8, "aria-hidden": "true" });
    const dash = clip.dashes[number].map((length) => 2.4 * length).join(" ");
    const line = svgElement("line", { x1: 1, x2: 29, y1: 4, y2: 4, "stroke-width": 3, "stroke-dasharray": dash || "none" });
    line.style.stroke = `var(--line-${number})`;
    swatch.append(line);
    const name = made("span", clip.actions[action], "name");
    name.title = clip.actions[action];
    chip.append(swatch, name, made("span", "", "value"));
    byId("chips").append(chip);
  });
}

function writeTable() {
  const body = byId("numbers").querySelector("tbody");
  clip.rows.filter((place) => place !== null).forEach((place) => {
    const row = made("tr");
    row.dataset.place = String(place);
    const name = made("th", clip.names[place]);
    name.scope = "row";
    row.append(name, made("td"), made("td"));
    body.append(row);
  });
}

/** Attention beside what the answer loses without the joint. */
function writeOcclusion() {
  const found = clip.occlusion;
  byId("occlusion-box").hidden = !found;
  if (!found) return;
  byId("occlusion-text").textContent = found.text;
  const table = made("table");
  const head = made("tr");
  for (const text of ["taken away", "attention, × uniform", "", "probability", "score", ""]) {
    const cell = made("th", text);
    cell.scope = "col";
    head.append(cell);
  }
  table.append(made("thead"));
  table.tHead.append(head);
  const body = made("tbody");
  const most = Math.max(...found.rows.map((row) => Math.abs(row.score)), 1e-9);
  const mostHeat = Math.max(...found.rows.map((row) => row.heat ?? 0), 1e-9);
  for (const row of found.rows) {
    const line = made("tr");
    const name = made("th", row.name);
    name.scope = "row";
    line.append(name, made("td", row.heat === null ? "" : row.heat.toFixed(2)), bar((row.heat ?? 0) / mostHeat, "var(--quiet)"));
    line.append(made("td", `${signed(100 * row.change)} points`), made("td", signed(row.score)));
    line.append(bar(Math.abs(row.score) / most, `var(--line-${row.score > 0 ? 0 : 1})`));
    body.append(line);
  }
  table.append(body);
  byId("occlusion").append(table);
}

function signed(value) {
  const text = Math.abs(value).toFixed(2);
  return Number(text) === 0 ? text : `${value > 0 ? "+" : "−"}${text}`;
}

function bar(part, colour) {
  const cell = made("td", undefined, "bar");
  const line = made("i");
  line.style.width = `${100 * part}%`;
  line.style.background = colour;
  cell.append(line);
  return cell;
}

function describeCharts() {
  const length = seconds(clip.lastTime - clip.firstTime);
  byId("scores").setAttribute("aria-label", `Probability of ${clip.lines.length} actions over ${length}`);
  byId("beta").setAttribute("aria-label", `Frame attention over ${length}, at most ${Math.max(...clip.beta).toFixed(2)}`);
  byId("matrix").setAttribute("aria-label", `Attention of ${clip.K} joints over ${length}; numbers are in the table below`);
}

let drawnLegend = "";

/** What colour, size and hollowness of a joint mean, with numbers. */
function writeLegend() {
  const scale = scaleNow();
  const key = JSON.stringify([scale, inks, state.heat]);
  if (key === drawnLegend) return;
  drawnLegend = key;
  const [left, wide, largest] = [16, 190, 10];
  const svg = svgElement("svg", { viewBox: "0 0 300 96", role: "img", "aria-label": "Legend" });
  const title = state.heat ? `joint attention, ${scale.unit} (1 = 1/${clip.K})` : "heat is off";
  svg.append(svgElement("text", { x: 4, y: 14 }, title));
  const gradient = svgElement("linearGradient", { id: "heat-gradient" });
  for (let stop = 0; stop <= 32; stop++) {
    gradient.append(svgElement("stop", { offset: stop / 32, "stop-color": heatColour(stop / 32) }));
  }
  svg.append(gradient, svgElement("rect", { x: left, y: 46, width: wide, height: 6, fill: "url(#heat-gradient)" }));
  for (const tick of scale.ticks) {
    const part = share(tick, scale);
    const x = left + part * wide;
    const disc = { cx: x, cy: 31, r: radiusOf(part, largest), fill: heatColour(part), stroke: inks.ink, "stroke-width": 1.2 };
    svg.append(svgElement("circle", disc));
    svg.append(svgElement("text", { x, y: 66, "text-anchor": "middle" }, tickText(tick, scale)));
  }
  const ring = { cx: 12, cy: 84, r: 5, fill: inks.ground, stroke: inks.ink, "stroke-width": 4 };
  svg.append(svgElement("circle", ring), svgElement("circle", { ...ring, stroke: inks.unused, "stroke-width": 2, fill: "none" }));
  svg.append(svgElement("text", { x: 24, y: 88, class: "quiet" }, "guessed"));
  svg.append(svgElement("circle", { cx: 96, cy: 84, r: 5.5, fill: inks.unused, stroke: inks.ink }));
  svg.append(svgElement("text", { x: 108, y: 88, class: "quiet" }, "not used"));
  if (scale.note) svg.append(svgElement("text", { x: 176, y: 88 }, scale.note));
  byId("legend").replaceChildren(svg);
}

/** Everything that is text and changes with the moment. */
function writeNumbers() {
  const frame = state.frame;
  const isThereNow = frame >= 0;
  const best = isThereNow ? bestAt(frame) : -1;
  byId("answer-name").textContent = isThereNow ? clip.actions[best] : "nobody in view";
  byId("answer-name").title = byId("answer-name").textContent;
  byId("answer-percent").textContent = isThereNow ? percent(probabilityAt(frame, best)) : "";
  byId("chips").querySelectorAll(".value").forEach((value, number) => {
    value.textContent = isThereNow ? percent(probabilityAt(frame, clip.lines[number])) : "";
  });
  const whole = `${seconds(state.time)} of ${seconds(clip.duration_s)}`;
  byId("time").textContent = isThereNow ? `${whole} · frame ${numberOf(frame)} of ${clip.all_frames}` : whole;
  byId("play-icon").setAttribute("d", state.isPlaying ? "M6 5h4v14H6z M14 5h4v14h-4z" : "M7 4v16l13-8z");
  byId("play").setAttribute("aria-label", state.isPlaying ? "Pause" : "Play");
  const scrub = byId("scrub");
  if (isThereNow) scrub.value = String(frame);
  const said = isThereNow ? `${clip.actions[best]} ${percent(probabilityAt(frame, best))}, β ${clip.beta[frame].toFixed(2)}` : "nobody";
  scrub.setAttribute("aria-valuetext", `${seconds(state.time)}, ${said}`);
  if (isThereNow) writeFrame(frame);
}

let writtenFrame = -1;

function writeFrame(frame) {
  if (frame === writtenFrame) return;
  writtenFrame = frame;
  const box = byId("numbers");
  box.dataset.frame = String(frame);
  box.dataset.beta = String(clip.beta[frame]);
  byId("numbers-what").textContent =
    `Frame ${numberOf(frame)} at ${seconds(clip.times_s[frame])}: β ${clip.beta[frame].toFixed(4)}; ` +
    `the app says live: ${clip.said_names[clip.said[frame]]}.`;
  for (const row of box.tBodies[0].rows) {
    const place = Number(row.dataset.place);
    row.cells[1].textContent = alphaAt(frame, place).toFixed(5);
    row.cells[2].textContent = heatAt(frame, place).toFixed(3);
  }
}

function setTheme() {
  const isDark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "light" : "dark";
  redraw();
}

function toggle(id, key) {
  byId(id).checked = !byId(id).checked;
  state[key] = byId(id).checked;
  redraw();
}

const ACTIONS = {
  " ": () => (state.isPlaying ? pause() : play()),
  ArrowLeft: (event) => (event.shiftKey ? stepSeconds(-1) : step(-1)),
  ArrowRight: (event) => (event.shiftKey ? stepSeconds(1) : step(1)),
  ArrowUp: () => faster(1),
  ArrowDown: () => faster(-1),
  Home: () => { pause(); seek(clip.firstTime); },
  End: () => { pause(); seek(clip.lastTime); },
  1: () => look("front"),
  2: () => look("side"),
  3: () => look("top"),
  "+": () => zoom(1.15),
  "-": () => zoom(1 / 1.15),
  h: () => toggle("heat", "heat"),
  l: () => toggle("loop", "loops"),
  n: () => toggle("near", "near"),
  t: setTheme,
};
const TURNS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.target.closest("select, summary")) return;
  if (event.key === " " && event.target.closest("button, input[type=checkbox]")) return; // they know it themselves
  if (event.altKey) {
    const turned = TURNS[event.key];
    if (!turned) return;
    event.preventDefault();
    turn(...turned);
    return;
  }
  const act = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
}

function connect() {
  document.addEventListener("keydown", onKey);
  byId("play").addEventListener("click", () => ACTIONS[" "]());
  byId("first").addEventListener("click", ACTIONS.Home);
  byId("last").addEventListener("click", ACTIONS.End);
  byId("back").addEventListener("click", () => step(-1));
  byId("on").addEventListener("click", () => step(1));
  byId("theme").addEventListener("click", setTheme);
  byId("scrub").addEventListener("input", () => { pause(); seek(clip.times_s[Number(byId("scrub").value)]); });
  byId("speed").addEventListener("change", () => { state.speed = Number(byId("speed").value); });
  byId("scale").addEventListener("change", () => { state.scale = byId("scale").value; redraw(); });
  for (const [id, key] of [["loop", "loops"], ["heat", "heat"], ["near", "near"]]) {
    byId(id).addEventListener("change", () => { state[key] = byId(id).checked; redraw(); });
  }
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => look(button.dataset.view));
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(redraw).observe(document.body);
  for (const canvas of [bodyCanvas, ...charts]) new ResizeObserver(redraw).observe(canvas);
}

writeOnce();
connect();
redraw();
