// The kiosk's screen arrives as pictures of what changed; touches and keys go back over the same socket.
"use strict";
const byId = (id) => document.getElementById(id);
const canvas = byId("screen");
const context = canvas.getContext("2d");
let socket = null;
// Pictures decode in parallel but must be drawn in the order they were sent.
let drawn = Promise.resolve();

function connect() {
  socket = new WebSocket(`ws://${location.host}/screen`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { byId("link-state").textContent = "自助机已开机"; };
  socket.onclose = () => {
    byId("link-state").textContent = "自助机没有回应，正在重新连接…";
    setTimeout(connect, 1000);
  };
  socket.onmessage = (message) => {
    if (typeof message.data === "string") { show(JSON.parse(message.data)); } else { paint(message.data); }
  };
}

// A picture: four little-endian 16-bit numbers (x, y, screen width, screen height), then a PNG.
function paint(buffer) {
  const head = new DataView(buffer);
  const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.getUint16(at, true));
  const picture = createImageBitmap(new Blob([buffer.slice(8)], { type: "image/png" }));
  drawn = drawn.then(() => picture).then((bitmap) => {
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    context.drawImage(bitmap, x, y);
    canvas.dataset.frames = Number(canvas.dataset.frames || 0) + 1;
  });
}

const tell = (touch) => { if (socket && socket.readyState === WebSocket.OPEN) { socket.send(JSON.stringify(touch)); } };
function at(event) {
  const area = canvas.getBoundingClientRect();
  return {
    x: (event.clientX - area.left) * canvas.width / area.width,
    y: (event.clientY - area.top) * canvas.height / area.height,
  };
}
let touching = false;
canvas.addEventListener("pointerdown", (event) => {
  touching = true;
  canvas.setPointerCapture(event.pointerId);
  canvas.focus();
  tell({ kind: "down", ...at(event) });
});
canvas.addEventListener("pointermove", (event) => { if (touching) { tell({ kind: "move", ...at(event) }); } });
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (touching) { touching = false; tell({ kind: "up", ...at(event) }); }
  });
}
canvas.addEventListener("keydown", (event) => {
  const text = event.key.length === 1 ? event.key : { Backspace: "\u0008", Enter: "\n" }[event.key];
  if (text && !event.ctrlKey && !event.metaKey) { tell({ kind: "key", text }); event.preventDefault(); }
});

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) { byId("link-state").textContent = await answer.text(); }
}

let slipsShown = 0;
function show(state) {
  const cards = byId("cards");
  if (cards.children.length !== state.cards.length) {
    cards.replaceChildren(...state.cards.map((card, number) => {
      const button = document.createElement("button");
      button.className = "idcard";
      button.append(card.name, Object.assign(document.createElement("small"), { textContent: card.note }));
      button.onclick = () => post("/api/reader", { card: button.getAttribute("aria-pressed") === "true" ? null : number });
      return button;
    }));
  }
  [...cards.children].forEach((button, number) => button.setAttribute("aria-pressed", String(state.card_laid === number)));
  for (; slipsShown < state.slips; slipsShown++) {
    if (slipsShown === 0) { byId("slips").replaceChildren(); }
    const slip = Object.assign(new Image(), { src: `/api/slips/${slipsShown}.png`, alt: `回执 ${slipsShown + 1}` });
    byId("slips").prepend(slip);
  }
  byId("tray-slip").disabled = slipsShown === 0;
  byId("paper-out").checked = state.paper_out;
  byId("tray-state").textContent = state.tray_full ? "镜头下面有一张纸" : "镜头下面没有纸";
  byId("rate").value = String(state.line.bits_per_second);
  byId("errors").value = String(state.line.bit_error_rate);
  byId("cut").setAttribute("aria-pressed", String(state.line.cut));
  byId("cut").textContent = state.line.cut ? "接上线路" : "掐断线路";
  byId("line-state").textContent =
    `上行 ${state.line.up_bytes} 字节，下行 ${state.line.down_bytes} 字节；自助机里待发送 ${state.waiting_objects} 件`;
  byId("county-off").checked = state.county_off;
  byId("disk-full").checked = state.disk_full;
  byId("county-state").textContent = state.county_off ? "县局没有开机" : `县局已收到 ${state.county_cases} 件申请`;
  byId("county-day").textContent = state.county_day;
  byId("staff-link").href = state.staff_url;
  byId("staff-password").textContent = state.staff_password;
}

async function lay(photo) {
  const answer = await fetch("/api/tray", { method: "POST", body: photo });
  if (!answer.ok) { byId("tray-state").textContent = await answer.text(); }
}
byId("photo").onchange = (event) => { if (event.target.files[0]) { lay(event.target.files[0]); } event.target.value = ""; };
const tray = byId("tray");
tray.ondragover = (event) => { event.preventDefault(); tray.classList.add("over"); };
tray.ondragleave = () => tray.classList.remove("over");
tray.ondrop = (event) => {
  event.preventDefault();
  tray.classList.remove("over");
  if (event.dataTransfer.files[0]) { lay(event.dataTransfer.files[0]); }
};
byId("tray-sample").onclick = async () => lay(await (await fetch("/sample.jpg")).blob());
byId("tray-slip").onclick = async () => lay(await (await fetch(`/api/slips/${slipsShown - 1}.png`)).blob());
byId("tray-clear").onclick = () => lay(new Blob([]));
byId("paper-out").onchange = (event) => post("/api/printer", { paper_out: event.target.checked });
byId("county-off").onchange = (event) => post("/api/county", { off: event.target.checked });
byId("day-over").onclick = () => post("/api/calendar", { days: 1 });
byId("week-over").onclick = () => post("/api/calendar", { days: 7 });
byId("disk-full").onchange = (event) => post("/api/disk", { full: event.target.checked });
const line = (cut) => post("/api/line", {
  bits_per_second: Number(byId("rate").value), bit_error_rate: Number(byId("errors").value), cut,
});
const cutNow = () => byId("cut").getAttribute("aria-pressed") === "true";
byId("rate").onchange = () => line(cutNow());
byId("errors").onchange = () => line(cutNow());
byId("cut").onclick = () => line(!cutNow());

connect();
