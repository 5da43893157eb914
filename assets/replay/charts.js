// Everything over time: the answer, the frame gate, the joint gate, on one axis.

const charts = ["scores", "beta", "matrix"].map((id) => document.getElementById(id));
const NEAR_S = 10; // what "near" shows of a long clip

/** The part of the clip that the axis shows: all of it, or the seconds around the moment. */
function axis() {
  const spare = Math.max(Math.min(0.01 * (clip.lastTime - clip.firstTime), 0.2), clip.period / 2);
  const [first, last] = [clip.firstTime - spare, clip.lastTime + spare];
  if (!state.near || last - first <= NEAR_S) return [first, last];
  const start = Math.min(Math.max(state.time - NEAR_S / 2, first), last - NEAR_S);
  return [start, start + NEAR_S];
}

/** Where charts lie in their canvas: the same from the left and to the right for all, so that moments stand in line. */
function plot(width, height, below) {
  const em = 0.86 * textPx();
  const root = getComputedStyle(document.documentElement);
  const left = parseFloat(root.getPropertyValue("--left")) * em;
  const right = parseFloat(root.getPropertyValue("--right")) * em;
  const [first, last] = axis();
  const wide = width - left - right;
  return {
    left, right: left + wide, top: 4, bottom: height - below, em,
    x: (time) => left + ((time - first) / (last - first)) * wide,
    time: (x) => first + ((x - left) / wide) * (last - first),
    first, last,
  };
}

function drawScores() {
  const { pen, width, height } = prepared(charts[0]);
  const area = plot(width, height, 4);
  const y = (part) => area.bottom - part * (area.bottom - area.top);
  drawFrame(pen, area, [[0, "0"], [0.5, "50"], [1, "100 %"]].map(([part, text]) => [y(part), text]));
  for (let number = clip.lines.length - 1; number >= 0; number--) {
    const action = clip.lines[number];
    drawCurve(pen, area, (frame) => y(probabilityAt(frame, action)), inks.lines[number], 2.4, clip.dashes[number]);
  }
  drawMoment(pen, area);
}

function drawBeta() {
  const { pen, width, height } = prepared(charts[1]);
  const area = plot(width, height, 4);
  const top = Math.max(1, ...clip.beta) * 1.25;
  const y = (value) => area.bottom - (value / top) * (area.bottom - area.top);
  const step = niceHigh(top / 3);
  const ticks = [];
  for (let tick = 0; tick <= top; tick += step) ticks.push([y(tick), `${+tick.toPrecision(3)}`]);
  drawFrame(pen, area, ticks);
  drawArea(pen, area, (frame) => y(clip.counted[frame]));
  drawCurve(pen, area, (frame) => y(clip.beta[frame]), inks.beta, 2, []);
  pen.fillStyle = inks.ink;
  pen.font = fontOf(area.em);
  let lastX = -Infinity; // numbers that would lie on each other are left out
  clip.key_frames.forEach((frame, number) => {
    const x = area.x(clip.times_s[frame]);
    if (x < area.left || x > area.right || x - lastX < area.em) return;
    lastX = x;
    pen.textAlign = "center";
    pen.fillText(String(number + 1), x, Math.max(y(clip.beta[frame]) - 4, area.top + 0.8 * area.em));
  });
  if (state.frame >= 0) {
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillText(clip.beta[state.frame].toFixed(2), area.right + 6, y(Math.min(clip.beta[state.frame], top)));
    pen.textBaseline = "alphabetic";
  }
  drawMoment(pen, area);
}

/** Height of a row and of a gap of the matrix. */
function rowHeights(height, below) {
  const gaps = clip.rows.filter((row) => row === null).length;
  const row = (height - below - 4) / (clip.rows.length - gaps + 0.4 * gaps);
  return { row, gap: 0.4 * row };
}

const rowsCanvas = document.createElement("canvas"); // the cells, which change less often than the moment
let rowsDrawn = "";

/** All cells of the matrix, drawn again only when axis, scale or size have changed. */
function drawRows(pen, area, width, height, heights, scale) {
  const ratio = window.devicePixelRatio || 1;
  const key = JSON.stringify([width, height, ratio, area.left, area.first, area.last, scale.low, scale.high]);
  if (key !== rowsDrawn) {
    rowsDrawn = key;
    rowsCanvas.width = Math.max(1, Math.round(width * ratio));
    rowsCanvas.height = Math.max(1, Math.round(height * ratio));
    const rowsPen = rowsCanvas.getContext("2d");
    rowsPen.setTransform(ratio, 0, 0, ratio, 0, 0);
    let top = area.top;
    for (const place of clip.rows) {
      if (place !== null) drawRow(rowsPen, area, place, top, heights.row, scale);
      top += place === null ? heights.gap : heights.row;
    }
  }
  pen.drawImage(rowsCanvas, 0, 0, width, height);
}

function drawMatrix() {
  const { pen, width, height } = prepared(charts[2]);
  const below = 1.5 * 0.86 * textPx();
  const area = plot(width, height, below);
  const scale = scaleNow();
  const { row, gap } = rowHeights(height, below);
  const size = Math.min(area.em, row * 0.98);
  drawRows(pen, area, width, height, { row, gap }, scale);
  let top = area.top;
  for (const place of clip.rows) {
    if (place === null) {
      top += gap;
      continue;
    }
    const isHovered = place === state.hoverPlace;
    pen.font = (isHovered ? "bold " : "") + fontOf(size);
    pen.fillStyle = inks.ink;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.fillText(clip.short_names[place], area.left - 6, top + row / 2 + 0.5, area.left - 8);
    if (state.frame >= 0) {
      pen.textAlign = "left";
      pen.fillText(heatAt(state.frame, place).toFixed(1), area.right + 6, top + row / 2 + 0.5);
    }
    top += row;
  }
  pen.textBaseline = "alphabetic";
  drawTimes(pen, area, height);
  drawMoment(pen, area);
}

/** A row of cells; where several frames share a pixel, their mean. */
function drawRow(pen, area, place, top, high, scale) {
  const cell = area.x(clip.period) - area.x(0);
  if (cell >= 1.5) {
    for (let frame = 0; frame < clip.frames; frame++) {
      const time = clip.times_s[frame];
      const from = Math.max(area.left, area.x(time - clip.period / 2));
      const to = Math.min(area.right, area.x(time + clip.period / 2));
      if (to <= from) continue;
      pen.fillStyle = heatColour(share(heatAt(frame, place), scale));
      pen.fillRect(from, top, to - from + 0.3, high - 0.6);
    }
    return;
  }
  let frame = 0;
  for (let x = Math.floor(area.left); x < area.right; x++) {
    const until = area.time(x + 1);
    let [sum, count] = [0, 0];
    while (frame < clip.frames && clip.times_s[frame] < until) {
      if (clip.times_s[frame] >= area.time(x)) [sum, count] = [sum + heatAt(frame, place), count + 1];
      frame++;
    }
    if (!count) continue;
    pen.fillStyle = heatColour(share(sum / count, scale));
    pen.fillRect(x, top, 1.3, high - 0.6);
  }
}

/** Lines across with their numbers, stretches without anybody, and the frames that the answer is about. */
function drawFrame(pen, area, ticks) {
  pen.font = fontOf(area.em);
  pen.lineWidth = 1;
  for (const [y, text] of ticks) {
    pen.strokeStyle = inks.grid;
    pen.beginPath();
    pen.moveTo(area.left, y);
    pen.lineTo(area.right, y);
    pen.stroke();
    pen.fillStyle = inks.quiet;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(text, area.left - 6, Math.max(y, area.top + 0.45 * area.em));
    pen.textBaseline = "alphabetic";
  }
  pen.fillStyle = inks.grid;
  for (const start of clip.starts.slice(1)) {
    const from = Math.max(area.left, area.x(clip.times_s[start - 1] + clip.period / 2));
    const to = Math.min(area.right, area.x(clip.times_s[start] - clip.period / 2));
    if (to > from) pen.fillRect(from, area.top, to - from, area.bottom - area.top);
  }
  if (clip.span[1] - clip.span[0] === clip.frames) return;
  pen.fillStyle = inks.lines[0];
  const from = Math.max(area.left, area.x(clip.times_s[clip.span[0]] - clip.period / 2));
  const to = Math.min(area.right, area.x(clip.times_s[clip.span[1] - 1] + clip.period / 2));
  if (to > from) pen.fillRect(from, area.bottom, to - from, 4);
}

function drawTimes(pen, area, height) {
  const step = niceHigh((area.last - area.first) / Math.max(2, (area.right - area.left) / (6 * area.em)));
  pen.fillStyle = inks.quiet;
  pen.font = fontOf(area.em);
  pen.textAlign = "center";
  for (let tick = Math.ceil(area.first / step) * step; tick <= area.last; tick += step) {
    const unit = tick + step > area.last ? " s" : "";
    pen.fillText(`${+tick.toFixed(3)}${unit}`, area.x(tick), height - 0.25 * area.em);
  }
}

/** Runs a pen along the frames that are shown, stretch by stretch; of frames that share a pixel all are kept. */
function alongFrames(area, visit) {
  const isStart = new Set(clip.starts);
  let isFirst = true;
  for (let frame = 0; frame < clip.frames; frame++) {
    const time = clip.times_s[frame];
    if (time < area.first - clip.period || time > area.last + clip.period) continue;
    visit(frame, area.x(time), isFirst || isStart.has(frame));
    isFirst = false;
  }
}

function clipped(pen, area, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(area.left, area.top - 3, area.right - area.left, area.bottom - area.top + 6);
  pen.clip();
  draw();
  pen.restore();
}

function drawCurve(pen, area, y, colour, wide, dash) {
  clipped(pen, area, () => {
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.setLineDash(dash.map((length) => length * wide));
    pen.lineJoin = "round";
    pen.beginPath();
    alongFrames(area, (frame, x, isStart) => (isStart ? pen.moveTo(x, y(frame)) : pen.lineTo(x, y(frame))));
    pen.stroke();
    pen.setLineDash([]);
    if (clip.frames > 12) return;
    pen.fillStyle = colour;
    alongFrames(area, (frame, x) => {
      pen.beginPath();
      pen.arc(x, y(frame), 3.5, 0, 2 * Math.PI);
      pen.fill();
    });
  });
}

function drawArea(pen, area, y) {
  clipped(pen, area, () => {
    pen.fillStyle = inks.quiet;
    pen.globalAlpha = 0.35;
    pen.beginPath();
    let lastX = null;
    alongFrames(area, (frame, x, isStart) => {
      if (isStart) {
        if (lastX !== null) pen.lineTo(lastX, area.bottom);
        pen.moveTo(x, area.bottom);
      }
      pen.lineTo(x, y(frame));
      lastX = x;
    });
    if (lastX !== null) pen.lineTo(lastX, area.bottom);
    pen.fill();
    pen.globalAlpha = 1;
  });
}

/** The moment that is shown, and the one that the pointer is over. */
function drawMoment(pen, area) {
  const lines = [[state.time, inks.ink, 2, []]];
  if (state.hoverTime !== null) lines.push([state.hoverTime, inks.ink, 1, [3, 3]]);
  for (const [time, colour, wide, dash] of lines) {
    const x = area.x(time);
    if (x < area.left - 1 || x > area.right + 1) continue;
    pen.strokeStyle = inks.ground; // a seam, so that the line is seen on the colours of the matrix
    pen.lineWidth = wide + 2;
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(x, area.top - 4);
    pen.lineTo(x, area.bottom);
    pen.stroke();
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.setLineDash(dash);
    pen.stroke();
  }
  pen.setLineDash([]);
}

/** What the tip says of a place in a chart, and which joint's row it is in. */
function chartHover(canvas, x, y) {
  const box = canvas.getBoundingClientRect();
  const below = canvas.id === "matrix" ? 1.5 * 0.86 * textPx() : 4;
  const area = plot(box.width, box.height, below);
  const time = Math.min(Math.max(area.time(x), clip.firstTime), clip.lastTime);
  const frame = frameAt(time + clip.period / 2);
  if (frame < 0) return { time, place: -1, text: `${seconds(time)}: nobody in view` };
  const at = seconds(clip.times_s[frame]);
  if (canvas.id === "beta") {
    return { time: clip.times_s[frame], place: -1, text: `${at}: β ${clip.beta[frame].toFixed(3)}` };
  }
  if (canvas.id === "scores") {
    const best = bestAt(frame);
    const text = `${at}: ${clip.actions[best]} ${percent(probabilityAt(frame, best))}`;
    return { time: clip.times_s[frame], place: -1, text };
  }
  const place = rowAt(y, box.height, below);
  if (place < 0) return { time: clip.times_s[frame], place, text: at };
  const text = `${at}: ${clip.names[place]} ${heatAt(frame, place).toFixed(2)} × uniform`;
  return { time: clip.times_s[frame], place, text };
}

function rowAt(y, height, below) {
  const { row, gap } = rowHeights(height, below);
  let top = 4;
  for (const place of clip.rows) {
    const high = place === null ? gap : row;
    if (y >= top && y < top + high) return place === null ? -1 : place;
    top += high;
  }
  return -1;
}

for (const canvas of charts) {
  let isHeld = false;
  const seekTo = (event) => {
    const { time } = chartHover(canvas, event.offsetX, event.offsetY);
    pause();
    seek(clip.times_s[nearestFrame(time)]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    isHeld = true;
    canvas.setPointerCapture(event.pointerId);
    seekTo(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const { time, place, text } = chartHover(canvas, event.offsetX, event.offsetY);
    hoverOver(place, time, text, event);
    if (isHeld) seekTo(event);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { isHeld = false; });
  canvas.addEventListener("pointerleave", () => hoverOver(-1, null, ""));
}
