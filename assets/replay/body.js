// The skeleton in three dimensions: drag to turn, wheel or pinch to zoom.

const VIEWS = { front: [0, 0.05], side: [Math.PI / 2, 0.05], top: [0, 1.35] };
const bodyCanvas = document.getElementById("body");
const view = { yaw: 0, pitch: 0.05, zoom: 1 };
const room = roomOfClip();
let marks = []; // where joints are drawn: {x, y, radius, place, person, joint}

/** Middle, size and floor of everything that moves in the clip, in metres. */
function roomOfClip() {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const torsos = [];
  const feet = [];
  for (let frame = 0; frame < clip.frames; frame++) {
    for (let person = 0; person < clip.persons; person++) {
      if (!isThere(frame, person)) continue;
      let lowest = Infinity;
      for (let joint = 0; joint < 25; joint++) {
        const position = positionOf(frame, person, joint);
        lowest = Math.min(lowest, position[1]);
        position.forEach((value, axis) => {
          low[axis] = Math.min(low[axis], value);
          high[axis] = Math.max(high[axis], value);
        });
      }
      feet.push(lowest);
      const [base, chest] = [positionOf(frame, person, 0), positionOf(frame, person, 20)];
      torsos.push(Math.hypot(base[0] - chest[0], base[1] - chest[1], base[2] - chest[2]));
    }
  }
  const sorted = (values) => values.sort((first, second) => first - second);
  sorted(torsos);
  sorted(feet);
  const middle = low.map((value, axis) => (value + high[axis]) / 2);
  const [wide, tall, deep] = low.map((value, axis) => high[axis] - value);
  return {
    middle, floor: feet[Math.floor(feet.length / 4)] ?? low[1], tall: Math.max(tall, 0.5), around: Math.max(Math.hypot(wide, deep), 0.4), wide,
    largest: 0.16 * (torsos[torsos.length >> 1] || 0.5),
  };
}

/** A joint in metres, as the camera sees it: x to the right of the picture, y up, z away. */
function positionOf(frame, person, joint) {
  const first = ((frame * clip.persons + person) * 25 + joint) * 3;
  return [-clip.positions_m[first], clip.positions_m[first + 1], clip.positions_m[first + 2]];
}

/** Joints of a person at a time: between two frames of a stretch on the way from one to the next. */
function positionsAt(frame, time, person) {
  const next = frame + 1;
  const on = next < clip.frames && !clip.starts.includes(next) && isThere(next, person);
  const part = on ? Math.min(1, Math.max(0, (time - clip.times_s[frame]) / (clip.times_s[next] - clip.times_s[frame]))) : 0;
  const joints = [];
  for (let joint = 0; joint < 25; joint++) {
    const from = positionOf(frame, person, joint);
    const to = part > 0 ? positionOf(next, person, joint) : from;
    joints.push(from.map((value, axis) => value + (to[axis] - value) * part));
  }
  return joints;
}

/** What turns metres into pixels of a canvas. */
function camera(width, height) {
  const [cosYaw, sinYaw] = [Math.cos(view.yaw), Math.sin(view.yaw)];
  const [cosPitch, sinPitch] = [Math.cos(view.pitch), Math.sin(view.pitch)];
  const box = document.getElementById("legend"); // its place stays free, unless there is enough beside it
  const legend = width > 2.6 * box.offsetWidth ? 0.06 * height : box.offsetHeight;
  const across = Math.max(Math.abs(cosYaw) * room.wide, 0.5 * room.tall) + 0.3;
  const perMetre = view.zoom * Math.min((height - legend - 40) / (1.06 * room.tall), (width - 40) / across);
  const away = 3.2 * Math.max(room.tall, room.around);
  return ([x, y, z]) => {
    const [dx, dy, dz] = [x - room.middle[0], y - room.middle[1], z - room.middle[2]];
    const turnedX = cosYaw * dx + sinYaw * dz;
    const turnedZ = -sinYaw * dx + cosYaw * dz;
    const upY = cosPitch * dy + sinPitch * turnedZ;
    const depth = -sinPitch * dy + cosPitch * turnedZ;
    const size = (perMetre * away) / (away + depth);
    return { x: width / 2 + turnedX * size, y: (height - legend) / 2 + 14 - upY * size, depth, size };
  };
}

/** Draw the room and everybody in it. */
function drawBody() {
  const { pen, width, height } = prepared(bodyCanvas);
  const project = camera(width, height);
  drawFloor(pen, project);
  marks = [];
  const frame = state.frame;
  document.getElementById("nobody").hidden = frame >= 0;
  if (frame < 0) return;
  const scale = scaleNow();
  for (let person = 0; person < clip.persons; person++) {
    if (!isThere(frame, person)) continue;
    const joints = positionsAt(frame, state.time, person).map(project);
    drawBones(pen, joints, frame, person);
    joints.forEach((point, joint) => {
      const place = placeOf(person, joint);
      const part = place < 0 || !state.heat ? 0 : share(heatAt(frame, place), scale);
      const isUsed = place >= 0 && state.heat;
      marks.push({
        ...point, person, joint, place, radius: radiusOf(part, room.largest * point.size),
        colour: isUsed ? heatColour(part) : inks.unused, isHollow: !seenAt(frame, person, joint),
      });
    });
    if (clip.persons > 1) drawNumber(pen, joints, person);
  }
  marks.sort((first, second) => second.depth - first.depth || first.radius - second.radius);
  for (const mark of marks) {
    drawMark(pen, mark.x, mark.y, mark.radius, mark.colour, mark.isHollow);
    if (mark.place >= 0 && mark.place === state.hoverPlace) drawHalo(pen, mark);
  }
}

function drawFloor(pen, project) {
  const half = Math.ceil(2 * room.around) / 2 + 0.5;
  pen.strokeStyle = inks.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let step = -half; step <= half + 1e-9; step += 0.5) {
    for (const [from, to] of [[[step, -half], [step, half]], [[-half, step], [half, step]]]) {
      const ends = [from, to].map(([x, z]) => project([room.middle[0] + x, room.floor, room.middle[2] + z]));
      pen.moveTo(ends[0].x, ends[0].y);
      pen.lineTo(ends[1].x, ends[1].y);
    }
  }
  pen.stroke();
}

function drawBones(pen, joints, frame, person) {
  pen.lineCap = "round";
  for (const [first, second] of clip.bones) {
    const isSure = seenAt(frame, person, first) && seenAt(frame, person, second);
    pen.strokeStyle = inks.bone;
    pen.lineWidth = Math.max(1, 0.028 * joints[first].size * (isSure ? 1 : 0.4));
    pen.setLineDash(isSure ? [] : [4, 4]);
    pen.beginPath();
    pen.moveTo(joints[first].x, joints[first].y);
    pen.lineTo(joints[second].x, joints[second].y);
    pen.stroke();
  }
  pen.setLineDash([]);
}

function drawNumber(pen, joints, person) {
  const top = joints.reduce((best, point) => (point.y < best.y ? point : best));
  pen.fillStyle = inks.ink;
  pen.font = fontOf(1.1 * textPx());
  pen.textAlign = "center";
  pen.fillText(String(person + 1), top.x, top.y - 1.6 * room.largest * top.size);
}

function drawHalo(pen, mark) {
  pen.beginPath();
  pen.arc(mark.x, mark.y, mark.radius + 5, 0, 2 * Math.PI);
  pen.lineWidth = 2.5;
  pen.strokeStyle = inks.lines[0];
  pen.stroke();
}

/** Look from another side. */
function look(name) {
  [view.yaw, view.pitch] = VIEWS[name];
  view.zoom = 1;
  redraw();
}

function turn(yaw, pitch) {
  view.yaw += yaw;
  view.pitch = Math.min(1.5, Math.max(-1.5, view.pitch + pitch));
  redraw();
}

function zoom(factor) {
  view.zoom = Math.min(8, Math.max(0.3, view.zoom * factor));
  redraw();
}

/** The joint under a point of the canvas. */
function markAt(x, y) {
  for (let number = marks.length - 1; number >= 0; number--) {
    const mark = marks[number];
    if (Math.hypot(mark.x - x, mark.y - y) <= Math.max(mark.radius, 9)) return mark;
  }
  return null;
}

/** What the tip says of a joint. */
function markText(mark) {
  const who = clip.persons > 1 ? `person ${mark.person + 1} ` : "";
  const name = `${who}${clip.words[mark.joint]}`;
  const guessed = mark.isHollow ? ", guessed" : "";
  if (mark.place < 0) return `${name}: not used by this network`;
  return `${name}: ${heatAt(state.frame, mark.place).toFixed(2)} × uniform${guessed}`;
}

const pointers = new Map();
bodyCanvas.addEventListener("pointerdown", (event) => {
  bodyCanvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
});
bodyCanvas.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) {
    const mark = markAt(event.offsetX, event.offsetY);
    hoverOver(mark ? mark.place : -1, null, mark ? markText(mark) : "", event);
    return;
  }
  const now = [event.clientX, event.clientY];
  const others = [...pointers.entries()].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  if (others.length) {
    const apart = (at) => Math.hypot(at[0] - others[0][0], at[1] - others[0][1]);
    zoom(apart(now) / Math.max(apart(before), 1));
  } else {
    turn((now[0] - before[0]) * 0.008, (now[1] - before[1]) * 0.008);
  }
  pointers.set(event.pointerId, now);
});
for (const name of ["pointerup", "pointercancel"]) {
  bodyCanvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
}
bodyCanvas.addEventListener("pointerleave", () => hoverOver(-1, null, ""));
bodyCanvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * 0.0012));
}, { passive: false });
