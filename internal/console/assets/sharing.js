// What may be shared: whose software the shop runs, each kind of page with what
// was compared, and the owner's word.
import * as feed from "./feed.js";
import { give } from "./steer.js";
import { dateAndTime, has, list as listOf, number, say } from "./words.js";

const EVERY = 30000; // ms
const $ = (id) => document.getElementById(id);
let shop = "", shown = "", kinds = []; // what is on the page

export function setUp() {
  // As with one kind, the word is for the evidence that is on the page.
  $("confirm-all").addEventListener("click", () => {
    const asking = kinds.filter((k) => k.asks);
    giveAll("confirm", "allow", asking, { checked: Object.fromEntries(asking.map((k) => [k.name, k.checked])) });
  });
  $("withdraw-all").addEventListener("click", () => giveAll("withdraw", "withdraw", kinds.filter((k) => k.confirmed)));
  $("look-now").addEventListener("click", async () => {
    await give(say("sure.look"), "sharing/check");
    refresh();
  });
  setInterval(refresh, EVERY);
}

export function choose(name) {
  shop = name;
  shown = "";
  $("sharing").hidden = true;
  refresh();
}

async function refresh() {
  const asked = shop;
  let now;
  try {
    now = await feed.sharing(shop);
  } catch {
    return; // nothing is known, or there is no connection, and the link says so
  }
  const text = JSON.stringify(now);
  if (asked !== shop || !now || text === shown) return; // what is being read stays as it is
  shown = text;
  draw(now);
}

function draw(s) {
  $("sharing").hidden = false;
  $("sharing-platform").textContent = s.platform === "generic"
    ? say("sharing.generic")
    : say("sharing.platform", { title: s.title }) + " " + say("sharing." + s.evidence);
  $("sharing-signs").textContent = s.set ? say("sharing.set") : s.signs?.length ? say("sharing.signs", { signs: s.signs.join(", ") }) : "";
  const refused = $("sharing-refused");
  refused.hidden = !s.refused;
  refused.replaceChildren(say("sharing.refused") + " ", english(s.refused ?? ""));
  $("sharing-asked").hidden = !s.asked;
  // A list drawn anew keeps what was open, and where the reader was.
  const list = $("kinds"), open = new Set(), active = document.activeElement;
  for (const details of list.querySelectorAll("details[open]")) open.add(details.dataset.kind);
  const at = list.contains(active) ? { kind: active.closest("li.kind")?.dataset.kind, tag: active.tagName } : null;
  list.replaceChildren(...s.kinds.map((k) => kind(k, open.has(k.name))));
  kinds = s.kinds;
  drawAll(s.asked);
  if (at) list.querySelector(`li.kind[data-kind="${CSS.escape(at.kind ?? "")}"] ${at.tag}`)?.focus();
}

// drawAll offers a word for all kinds where it spares pressing twice, and a comparison
// unless one is wanted already. If the button that was pressed goes, the next in reach
// gets the focus.
function drawAll(asked) {
  const buttons = [$("confirm-all"), $("withdraw-all"), $("look-now")], focused = document.activeElement;
  buttons[0].hidden = kinds.filter((k) => k.asks).length < 2;
  buttons[1].hidden = kinds.filter((k) => k.confirmed).length < 2;
  buttons[2].hidden = Boolean(asked) || !kinds.length;
  if (buttons.includes(focused) && focused.hidden) (buttons.find((b) => !b.hidden) ?? $("sharing-title")).focus();
}

async function giveAll(word, what, which, body) {
  await give(say(`sure.${word}.all`, { kinds: listOf(which.map(nameOf)) }), "sharing/" + what, body);
  refresh();
}

// make is an element with a class and a text.
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// english marks a text that comes in English only, for screen readers.
function english(text) {
  const span = make("span", "", text);
  span.lang = "en";
  return span;
}

const nameOf = (k) => (has("kind." + k.name) ? say("kind." + k.name) : k.name);
const when = (time) => dateAndTime(new Date(time));

function kind(k, open) {
  const item = make("li", "kind"), title = make("h3", "", nameOf(k)), about = make("p", "note");
  item.dataset.kind = k.name;
  item.dataset.state = k.shared ? "shared" : k.asks ? "asks" : "not";
  about.append(...found(k));
  item.append(title, make("p", "state", stateOf(k)), about);
  if (k.spans?.length) item.append(evidence(k, open));
  const act = button(k);
  if (act) item.append(act);
  return item;
}

function stateOf(k) {
  if (!k.shared) return say("sharing." + k.reason) + (k.seen && !k.harm && !k.unproven ? " " + say("sharing.seen") : "");
  if (k.unproven) return say("sharing.alike");
  if (k.forbidden && k.exempt) return say("sharing.exempt");
  return k.forbidden ? say("sharing.allowed", { time: when(k.confirmed) }) : say("sharing.open");
}

// found says what the last comparison came to.
function found(k) {
  if (!k.checked) return k.why ? [english(k.why + ".")] : [];
  const bad = (k.spans ?? []).find((s) => !s.harmless), time = when(k.checked);
  if (k.passed) return [[say("sharing.same", { time }), ...cannot(k)].join(" ")];
  if (!bad) return [say("sharing.checked", { time }) + " ", english(k.why + ".")];
  const word = "span." + wordOf(bad);
  return [say("sharing.differs", { time, why: has(word) ? say(word) : say("span.unknown") })];
}

// cannot lists what a visitor cannot do on a shared page, by values that are known
// to differ.
function cannot(k) {
  const keys = (k.spans ?? []).filter((s) => wordOf(s) === "known").map((s) => "known." + s.where.split(" ")[1]);
  return [...new Set(keys)].filter(has).map((key) => { const text = say(key); return text[0].toUpperCase() + text.slice(1); });
}

const wordOf = (span) => span.where.split(" ", 1)[0];

function evidence(k, open) {
  const details = make("details"), list = make("ul", "spans");
  details.dataset.kind = k.name;
  details.open = open;
  for (const span of k.spans) {
    const word = wordOf(span), key = "span.word." + word, item = make("li"), head = make("p");
    head.append(make("b", "", has(key) ? say(key) : word), " ");
    if (span.where !== word) head.append(make("code", "", span.where.slice(word.length + 1)), " ");
    head.append(make("span", span.harmless ? "muted" : "fault", say(span.harmless ? "sharing.harmless" : "sharing.harmful")));
    item.append(head, make("p", "note", span.page), side(say("sharing.stranger"), span.a), side(say(span.with_cart ? "sharing.withcart" : "sharing.other"), span.b));
    list.append(item);
  }
  details.append(make("summary", "", say("sharing.evidence", { n: number(k.spans.length) })), list);
  return details;
}

function side(who, text) {
  const line = make("p", "side", who + ": ");
  line.append(text ? make("code", "", text) : make("span", "muted", say("sharing.nothing")));
  return line;
}

// button lets the owner give his word, or take it back.
function button(k) {
  if (!k.forbidden || k.exempt || k.unproven || !k.asks && !k.confirmed) return null;
  const row = make("p", "row"), word = k.asks ? "confirm" : "withdraw";
  const press = make("button", k.asks ? "main" : "", say("sharing." + word));
  press.type = "button";
  press.setAttribute("aria-label", `${say("sharing." + word)}: ${nameOf(k)}`);
  press.addEventListener("click", async () => {
    // The evidence that is on the page is what the word is given for.
    await give(say("sure." + word, { kind: nameOf(k) }), `sharing/${encodeURIComponent(k.name)}/${word}`, k.asks ? { checked: k.checked } : undefined);
    refresh();
  });
  row.append(press);
  return row;
}
