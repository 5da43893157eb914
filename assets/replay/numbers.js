// The clip: what the page was made of, its numbers unpacked, and questions about frames and times.

const TYPES = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float64: Float64Array };

/** Numbers out of base64; where they were rounded to steps, as numbers again. */
function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  const raw = new TYPES[packed.type](bytes.buffer);
  return packed.step === undefined ? raw : Float32Array.from(raw, (value) => value * packed.step);
}

const clip = JSON.parse(document.getElementById("data").textContent);
for (const [name, packed] of Object.entries(clip.numbers)) clip[name] = unpacked(packed);
clip.K = clip.names.length;
clip.perPerson = clip.joints.length;
clip.firstTime = clip.times_s[0];
clip.lastTime = clip.times_s[clip.frames - 1];
clip.period = 1 / clip.rate_hz;
clip.rows = matrixRows();

/** The frame that is shown at a time: the last one until then; -1 in a gap. */
function frameAt(time) {
  let low = 0;
  let high = clip.frames;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clip.times_s[middle] <= time + 1e-9) low = middle + 1;
    else high = middle;
  }
  const frame = low - 1;
  return frame >= 0 && time - clip.times_s[frame] <= 2 * clip.period ? frame : -1;
}

/** The nearest frame to a time. */
function nearestFrame(time) {
  let best = 0;
  for (let frame = 1; frame < clip.frames; frame++) {
    if (Math.abs(clip.times_s[frame] - time) < Math.abs(clip.times_s[best] - time)) best = frame;
  }
  return best;
}

/** The number of a frame in the whole clip, from 1; a page may hold a part of it. */
const numberOf = (frame) => clip.first_frame + frame + 1;

const alphaAt = (frame, place) => clip.alpha[frame * clip.K + place];
const heatAt = (frame, place) => alphaAt(frame, place) * clip.K;
const probabilityAt = (frame, action) => clip.probabilities[frame * clip.actions.length + action];
const seenAt = (frame, person, joint) => clip.seen[(frame * clip.persons + person) * 25 + joint] === 1;

/** The likeliest action with a frame. */
function bestAt(frame) {
  let best = 0;
  for (let action = 1; action < clip.actions.length; action++) {
    if (probabilityAt(frame, action) > probabilityAt(frame, best)) best = action;
  }
  return best;
}

/** The place of a joint among the K; -1 where the network does not see it. */
function placeOf(person, joint) {
  const place = clip.joints.indexOf(joint);
  return place < 0 ? -1 : person * clip.perPerson + place;
}

/** Whether a person is there in a frame: not all joints in one point. */
function isThere(frame, person) {
  const first = (frame * clip.persons + person) * 75;
  for (let offset = 3; offset < 75; offset++) {
    if (clip.positions_m[first + offset] !== clip.positions_m[first + (offset % 3)]) return true;
  }
  return false;
}

/** The rows of the matrix from the top: each limb of each person together; null is a gap. */
function matrixRows() {
  const rows = [];
  for (const group of clip.groups) {
    if (rows.length) rows.push(null);
    rows.push(...group);
  }
  return rows;
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;
const seconds = (time) => `${time.toFixed(2)} s`;
