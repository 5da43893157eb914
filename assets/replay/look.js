// Colours, scales and canvases.

const inkOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
let inks = {};

/** The colours of the theme, read once for each drawing. */
function readInks() {
  inks = { lines: [0, 1, 2, 3].map((number) => inkOf(`line-${number}`)) };
  for (const name of ["ground", "ink", "quiet", "grid", "bone", "unused", "beta"]) inks[name] = inkOf(name);
}

let hottest; // of the clip; looked for once

/** Range of the heat: fixed, or on request of the clip or of the frame; a legend always says which. */
function scaleNow() {
  if (state.scale === "fixed") return clip.scale;
  const frame = Math.max(state.frame, 0);
  let most = 0;
  if (state.scale === "clip") most = hottest ??= clip.K * clip.alpha.reduce((high, value) => Math.max(high, value), 0);
  else for (let place = 0; place < clip.K; place++) most = Math.max(most, heatAt(frame, place));
  const high = niceHigh(Math.max(most, 2));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * high);
  return { low: 0, high, ticks, unit: clip.scale.unit, note: `range of this ${state.scale}` };
}

/** 1, 2 or 5 times a power of ten, not below a value. */
function niceHigh(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((high) => high >= most - 1e-9);
}

const share = (heat, scale) => Math.min(1, Math.max(0, (heat - scale.low) / (scale.high - scale.low)));
const tickText = (tick, scale) => (tick >= scale.high ? `≥${+tick.toPrecision(3)}` : `${+tick.toPrecision(3)}`);

/** Colour of a share of the scale, as the pictures of Jointlight have it. */
function heatColour(part) {
  const at = 3 * Math.round(part * 255);
  return `rgb(${clip.colours[at]}, ${clip.colours[at + 1]}, ${clip.colours[at + 2]})`;
}

const radiusOf = (part, largest) => largest * (clip.smallest_radius + (1 - clip.smallest_radius) * part);

/** A canvas as large as its place on the page, ready to be drawn on in CSS pixels. */
function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const box = canvas.getBoundingClientRect();
  const width = Math.max(1, Math.round(box.width * ratio));
  const height = Math.max(1, Math.round(box.height * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, box.width, box.height);
  return { pen, width: box.width, height: box.height };
}

/** Size of the page's text in pixels. */
const textPx = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const fontOf = (size) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

/** A disc with a rim that is seen on any ground; a ring where the joint was guessed. */
function drawMark(pen, x, y, radius, colour, isHollow) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  if (isHollow) {
    pen.fillStyle = inks.ground;
    pen.fill();
    pen.lineWidth = 4.4;
    pen.strokeStyle = inks.ink;
    pen.stroke();
    pen.lineWidth = 2.4;
    pen.strokeStyle = colour;
    pen.stroke();
    return;
  }
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 1.2;
  pen.strokeStyle = inks.ink;
  pen.stroke();
}

/** An element of SVG with its attributes; text is text and nothing else. */
function svgElement(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** An element of the page with text in it. */
function made(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}
