// The replicas of the shop: how many are ready of those that are wanted, why, and what
// they cost.
import { lang, number, say, shortClock } from "./words.js";

const $ = (id) => document.getElementById(id);
const inOurs = (words) => words[lang] || words.en;
const money = (x) => number(x, 2);
const PHASES = ["ready", "starting", "draining", "failed"];
const SHOWN = 40; // squares; a larger shop reads the numbers

function write(id, text) {
  $(id).textContent = text;
  $(id).hidden = !text;
}

// english is what an engine says, which is in English whatever the page is in.
function english(text) {
  const span = document.createElement("span");
  span.lang = "en";
  span.textContent = text;
  return span;
}

function square(phase) {
  const box = document.createElement("i");
  box.dataset.phase = phase;
  return box;
}

// show draws what was seen; undefined: nobody multiplies this shop, or nothing was seen
// lately.
export function show(f) {
  $("replicas-card").hidden = !f;
  if (!f) return;
  const others = PHASES.slice(1).filter((p) => f[p]).map((p) => say("replicas." + p, { n: number(f[p]) }));
  write("replicas", say("replicas.ready", { ready: number(f.ready), wanted: number(f.wanted) }));
  write("replicas-others", others.join(", "));
  write("replicas-why", inOurs(f.why));
  write("replicas-no-more", f.ceiling ? say("replicas.ceiling", { n: number(f.ceiling) }) : "");
  write("replicas-cost", f.cost_per_hour || f.spent ? say("replicas.cost", { hour: money(f.cost_per_hour), spent: money(f.spent) }) : "");
  write("replicas-ahead", f.ahead.length ? say("replicas.ahead", { time: shortClock(Date.parse(f.ahead[0].at) / 1000), why: inOurs(f.ahead[0].why) }) : "");
  write("replicas-advice", f.advice ? say("replicas.advice") : "");
  write("replicas-fault", f.fault ? say("replicas.fault") + " " : "");
  if (f.fault) $("replicas-fault").append(english(f.fault));
  const row = PHASES.flatMap((p) => Array(f[p]).fill(p)).slice(0, SHOWN);
  $("replicas-row").replaceChildren(...row.map(square));
}
