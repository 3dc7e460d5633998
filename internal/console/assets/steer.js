// The buttons. Each asks first, gives the order, and shows the line of the
// audit record.
import * as feed from "./feed.js";
import { clock, dateAndTime, has, number, say } from "./words.js";

const $ = (id) => document.getElementById(id);
let shop = "", now = null, shownMode, shownCeiling, leave;

// sure asks; the safe answer is focused first.
function sure(text) {
  $("sure-text").textContent = text;
  const dialog = $("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// give asks, gives the order, and says what became of it.
export async function give(question, what, body) {
  if (!(await sure(question))) return;
  const done = $("done");
  done.classList.remove("bad");
  try {
    const audit = await feed.order(shop, what, body);
    done.textContent = audit ? `${say("done")}: ${audit.actor}, ${clock(Date.parse(audit.time) / 1000)}, ${note(audit.note)}` : say("same");
    if (audit && feed.story) feed.story.log = [...(feed.story.log ?? []), audit];
    document.dispatchEvent(new Event("story"));
  } catch (fault) {
    done.classList.add("bad");
    done.textContent = say("failed", { why: fault.message });
  }
  done.hidden = false;
  clearTimeout(leave);
  leave = setTimeout(() => { done.hidden = true; }, 10000); // it stays in the list below
  shownMode = shownCeiling = undefined;
  showOrders(now);
  refreshLog();
}

export function setUp() {
  $("hold").addEventListener("click", () => {
    const what = now.mode === "hold" ? "release" : "hold";
    give(say("sure." + what), what);
  });
  $("modes").addEventListener("submit", (event) => {
    event.preventDefault();
    const mode = new FormData(event.target).get("mode");
    if (mode === now.mode) return;
    give(say("sure.mode", { from: say("mode." + now.mode), to: say("mode." + mode) }), "mode", { mode });
  });
  $("ceilings").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("ceiling").value.trim();
    const n = text === "" ? 0 : Number(text);
    const good = text === "" || (Number.isInteger(n) && n >= 1 && n <= 100000);
    $("ceiling-bad").hidden = good;
    $("ceiling-bad").textContent = good ? "" : say("ceiling.bad");
    $("ceiling").setAttribute("aria-invalid", String(!good));
    if (!good) { $("ceiling").focus(); return; }
    give(n ? say("sure.ceiling", { n: number(n) }) : say("sure.ceiling.none"), "ceiling", { n });
  });
  setInterval(refreshLog, 10000);
}

export function choose(name) {
  shop = name;
  now = null;
  shownMode = shownCeiling = undefined;
  $("done").hidden = true;
  refreshLog();
}

// showOrders shows what is in force without disturbing what is being typed.
export function showOrders(orders) {
  if (!orders) return;
  now = orders;
  $("mode-now").textContent = say("modes") + ": " + say("mode." + orders.mode);
  const hold = $("hold");
  hold.disabled = false;
  hold.textContent = say(orders.mode === "hold" ? "release" : "hold");
  hold.className = orders.mode === "hold" ? "main" : "alarm";
  for (const set of document.querySelectorAll(".steering fieldset")) set.disabled = false;
  if (shownMode !== orders.mode) {
    if (shownMode !== undefined) refreshLog(); // somebody else has changed it
    shownMode = orders.mode;
    document.querySelector(`#modes input[value="${orders.mode}"]`).checked = true;
  }
  if (shownCeiling !== orders.ceiling) {
    shownCeiling = orders.ceiling;
    $("ceiling").value = orders.ceiling || "";
  }
}

// note says a journal note in the page's language; its form is "what: became".
function note(text) {
  const cut = text.indexOf(": ");
  const what = text.slice(0, cut), became = text.slice(cut + 2);
  if (cut < 0 || !has("note." + what)) return text;
  const values = became.split(" → ").map((value) => {
    if (what === "mode") return say("mode." + value);
    if (value === "none") return say("note.none");
    if (what === "start") return dateAndTime(new Date(value));
    if (what === "sharing" && !has("note.sharing." + value)) {
      return value.split(", ").map((kind) => (has("kind." + kind) ? say("kind." + kind) : kind)).join(", ");
    }
    // What came of it may be followed by its reason, which is English: "storm (…)".
    const [, word, reason] = value.match(/^([^(]*?)( \(.*)?$/s) ?? ["", value, ""];
    return has(`note.${what}.${word}`) ? say(`note.${what}.${word}`) + (reason ?? "") : value;
  });
  return say("note." + what) + ": " + values.join(" → ");
}

async function refreshLog() {
  const asked = shop;
  let records;
  try {
    records = await feed.log(shop);
  } catch {
    return; // the link's state says that there is no connection
  }
  if (asked !== shop) return;
  const items = records.slice().reverse().map((record) => {
    const item = document.createElement("li"), time = document.createElement("time"), who = document.createElement("b");
    time.dateTime = record.time;
    time.textContent = clock(Date.parse(record.time) / 1000);
    who.textContent = record.actor ?? "Falochron";
    item.append(time, who, " " + note(record.note));
    return item;
  });
  if (!items.length) {
    const none = document.createElement("li");
    none.className = "muted";
    none.textContent = say("log.empty");
    items.push(none);
  }
  $("log").replaceChildren(...items);
}
