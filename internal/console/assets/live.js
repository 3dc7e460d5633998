// The live page: each second of a shop as sentences, vessels, numbers, charts
// and a table.
import { Chart, spanOf } from "./chart.js";
import * as feed from "./feed.js";
import { partly, perMinute, sceneOf, sentence, why } from "./scene.js";
import * as radar from "./radar.js";
import * as replicas from "./replicas.js";
import * as sharing from "./sharing.js";
import * as steer from "./steer.js";
import { clock, number, say, seconds, share, wait } from "./words.js";

const KEEP = 600; // seconds
const $ = (id) => document.getElementById(id);
let points = [], picked = null, stop = () => {}, lastHeard = 0;

const orders = (p) => (p.orders_per_min < 0 ? null : p.orders_per_min);
const charts = [
  { name: say("chart.in_line"), value: (p) => p.in_line, text: (p) => number(p.in_line) },
  { name: say("chart.arrivals"), value: (p) => p.arrivals, text: (p) => number(p.arrivals, 1) },
  {
    name: say("chart.in_flight"), boundName: say("chart.limit"), value: (p) => p.in_flight, bound: (p) => p.limit,
    text: (p) => number(p.in_flight) + " / " + number(p.limit),
  },
  { name: say("chart.orders"), value: orders, text: (p) => (orders(p) === null ? say("unknown") : number(p.orders_per_min)) },
].map((what) => new Chart($("chart-grid"), what, (index) => { picked = index; drawCharts(); }));

function drawCharts() {
  $("charts").textContent = say("charts." + spanOf(points));
  for (const chart of charts) chart.set(points, picked);
}

// fill sets a vessel: how full (0 to 1), its number and its words.
function fill(name, level, text, note, unit, tone = "") {
  const vessel = $("v-" + name);
  const height = level > 0 ? Math.max(Math.min(level, 1), 0.06) : 0;
  vessel.querySelector(".water").style.transform = `translateY(${height ? 112 - height * 104 : 126}px)`;
  vessel.querySelector("[data-number]").textContent = text;
  vessel.querySelector("[data-note]").textContent = note;
  if (unit !== undefined) vessel.querySelector("[data-unit]").textContent = unit;
  vessel.dataset.tone = tone;
}

const highest = (key) => points.reduce((most, p) => Math.max(most, p[key]), 0);

function drawVessels(v, p, scene) {
  const arrivals = highest("arrivals"), here = p.edge + p.waits, all = here + p.shop + p.refused;
  fill("fans", p.arrivals / Math.max(arrivals, 5), number(p.arrivals, p.arrivals < 10 ? 1 : 0), say("fans.note", { n: number(arrivals) }));
  fill("edge", all ? here / all : 0, number(here), all ? say("edge.note", { share: share(here / all) }) : say("edge.idle"));
  // While nobody is let in there is no honest number to tell.
  const told = v.mode === "hold" || scene === "dead" ? "" : v.front_wait_secs > 0 ? say("line.note", { wait: wait(v.front_wait_secs) }) : v.in_line ? "" : say("line.free");
  fill("line", v.in_line / Math.max(highest("in_line"), 20), number(v.in_line), told, undefined, v.in_line ? "amber" : "");
  const tone = scene === "dead" ? "alarm" : v.in_flight > v.limit ? "amber" : "";
  fill("inshop", v.limit ? v.in_flight / v.limit : 0, number(v.in_flight), v.queued ? say("inshop.queued", { n: number(v.queued) }) : "", say("inshop.unit", { limit: number(v.limit) }), tone);
}

function drawTiles(v, scene) {
  $("orders").textContent = v.orders_known ? number(v.orders_per_min) : say("unknown");
  $("orders").classList.toggle("unknown", !v.orders_known);
  $("orders-note").textContent = v.orders_known ? say("orders.total", { n: number(v.orders) }) : say("orders.unknown");
  // Before the first crowd nothing is measured; nought would say that nobody may enter.
  const measured = v.places_per_second > 0 || scene !== "calm" && scene !== "busy";
  $("places").textContent = !measured ? say("unknown") : v.mode === "hold" ? number(0) : perMinute(v);
  $("places").classList.toggle("unknown", !measured);
  $("inside").textContent = number(v.inside);
  const known = v.p95_ns > 0;
  $("p95").textContent = known ? seconds(v.p95_ns / 1e6) : say("unknown");
  $("p95").classList.toggle("unknown", !known);
}

function drawScene(v, scene) {
  const because = why(v), some = partly(v);
  $("scene").textContent = sentence(scene, v);
  $("why").textContent = because.text;
  $("why").lang = because.lang ?? document.documentElement.lang;
  $("partly").textContent = some;
  $("partly").hidden = !some;
  // Screen readers hear a change of the scene, not each second.
  if (document.body.dataset.scene !== scene) $("say").textContent = $("scene").textContent + " " + because.text;
  document.body.dataset.scene = scene;
  document.title = (v.in_line ? number(v.in_line) + " · " : "") + say("title") + " · Falochron";
}

// drawTable is the charts' twin: one row for each 15 seconds, newest first.
function drawTable() {
  if (!$("twin").open) return;
  const rows = points.filter((p) => p.t % 15 === 0).reverse().map((p) => {
    const row = document.createElement("tr"), head = document.createElement("th");
    head.scope = "row";
    head.textContent = clock(p.t);
    row.append(head);
    const cells = [number(p.arrivals, 1), number(p.in_line), number(p.inside), number(p.in_flight), number(p.limit),
      orders(p) === null ? say("unknown") : number(p.orders_per_min), p.p95_ms > 0 ? seconds(p.p95_ms) : say("unknown")];
    for (const text of cells) row.insertCell().textContent = text;
    return row;
  });
  $("rows").replaceChildren(...rows);
}

function draw(view) {
  const v = view.vitals, scene = sceneOf(v);
  drawScene(v, scene);
  drawVessels(v, view.point, scene);
  drawTiles(v, scene);
  radar.show(view.radar);
  replicas.show(view.fleet);
  steer.showOrders(view.orders);
  drawCharts();
  drawTable();
}

function link(state) {
  const text = state === "lost" ? say("lost", { time: clock(lastHeard || Date.now() / 1000) }) : say(state);
  if ($("link-text").textContent !== text) $("link-text").textContent = text;
  $("link").dataset.state = state;
  document.body.toggleAttribute("data-stale", state === "lost");
}

function add(point) {
  const last = points[points.length - 1];
  if (last && point.t <= last.t) return;
  points = [...points, point].slice(-KEEP);
  if (picked !== null && points.length === KEEP) picked = Math.max(picked - 1, 0);
}

function look(shop) {
  stop();
  points = [];
  picked = null;
  $("shop-name").textContent = shop;
  steer.choose(shop);
  sharing.choose(shop);
  stop = feed.follow(shop, {
    open: async () => {
      link("live");
      const past = await feed.history(shop).catch(() => []);
      const newer = points.filter((p) => !past.length || p.t > past[past.length - 1].t);
      points = [...past, ...newer].slice(-KEEP);
      drawCharts();
      if (feed.story) draw(feed.story.view);
    },
    view: (view) => {
      lastHeard = Date.now() / 1000;
      link("live");
      add(view.point);
      draw(view);
    },
    lost: () => link("lost"),
  });
}

async function begin() {
  let all;
  try {
    all = await feed.shops();
  } catch {
    link("lost");
    setTimeout(begin, 3000);
    return;
  }
  if (!all.length) {
    $("scene").textContent = say("shops.none");
    setTimeout(begin, 3000);
    return;
  }
  const wanted = new URLSearchParams(location.search).get("shop");
  const select = $("shop");
  select.replaceChildren(...all.map((name) => new Option(name, name)));
  select.value = all.includes(wanted) ? wanted : all[0];
  select.hidden = all.length < 2;
  $("shop-name").hidden = all.length > 1;
  select.addEventListener("change", () => {
    history.replaceState(null, "", "?shop=" + encodeURIComponent(select.value));
    look(select.value);
  });
  look(select.value);
}

steer.setUp();
sharing.setUp();
$("twin").addEventListener("toggle", drawTable);
begin();
