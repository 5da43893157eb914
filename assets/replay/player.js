// What is shown now, and what moves it.

const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];
const LONG_S = 60; // of a longer clip the seconds around the moment are shown first
const state = {
  time: clip.firstTime, frame: 0, isPlaying: false, speed: 1, loops: true, heat: true,
  near: clip.lastTime - clip.firstTime > LONG_S,
  scale: "fixed", hoverPlace: -1, hoverTime: null,
};
let waits = false;
let lastTick = null;

/** Draw everything again before the next picture of the screen. */
function redraw() {
  if (waits) return;
  waits = true;
  requestAnimationFrame((tick) => {
    waits = false;
    advance(tick);
    readInks();
    writeLegend();
    drawBody();
    drawScores();
    drawBeta();
    drawMatrix();
    writeNumbers();
    if (state.isPlaying) redraw();
  });
}

function advance(tick) {
  if (!state.isPlaying) return;
  const passed = lastTick === null ? 0 : Math.min((tick - lastTick) / 1000, 0.25);
  lastTick = tick;
  let time = state.time + passed * state.speed;
  if (time > clip.lastTime + clip.period) {
    if (state.loops && clip.frames > 1) time = clip.firstTime;
    else {
      time = clip.lastTime;
      pause();
    }
  }
  state.time = time;
  state.frame = frameAt(time);
}

/** Show a moment; at a frame's own time exactly that frame. */
function seek(time) {
  state.time = Math.min(Math.max(time, clip.firstTime), clip.lastTime);
  state.frame = frameAt(state.time);
  redraw();
}

function play() {
  if (state.time >= clip.lastTime - 1e-6) state.time = clip.firstTime;
  state.isPlaying = true;
  lastTick = null;
  redraw();
}

function pause() {
  state.isPlaying = false;
  redraw();
}

/** So many frames on or back, from a frame to a frame. */
function step(frames) {
  pause();
  const now = state.frame >= 0 ? state.frame : nearestFrame(state.time);
  seek(clip.times_s[Math.min(Math.max(now + frames, 0), clip.frames - 1)]);
}

const stepSeconds = (count) => step(Math.round(count * clip.rate_hz));

function faster(steps) {
  const now = SPEEDS.indexOf(state.speed);
  state.speed = SPEEDS[Math.min(Math.max(now + steps, 0), SPEEDS.length - 1)];
  document.getElementById("speed").value = String(state.speed);
}

/** The pointer is over a joint, or over a moment: it is marked everywhere, and a tip says the number. */
function hoverOver(place, time, text, event) {
  const tip = document.getElementById("tip");
  tip.hidden = !text;
  if (text && event) {
    tip.textContent = text;
    const wide = tip.offsetWidth;
    const x = Math.min(event.clientX + 14, window.innerWidth - wide - 6);
    tip.style.left = `${Math.max(4, x)}px`;
    tip.style.top = `${event.clientY > 60 ? event.clientY - 34 : event.clientY + 22}px`;
  }
  if (place === state.hoverPlace && time === state.hoverTime) return;
  state.hoverPlace = place;
  state.hoverTime = time;
  redraw();
}
