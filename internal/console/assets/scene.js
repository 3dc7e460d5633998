// The sentences on top: what goes on, and which limit binds.
import { has, number, people, say } from "./words.js";

// sceneOf names the state of a shop. The order is that of urgency.
export function sceneOf(v) {
  const answering = v.replicas.filter((r) => r.healthy).length;
  if (v.mode === "off" || v.mode === "watch") return v.mode;
  if (v.replicas.length && !answering) return "dead";
  if (v.mode === "hold" || v.mode === "shop") return v.mode;
  if (v.in_line > 0) return "wave";
  return v.limit > 0 && v.in_flight >= v.limit ? "busy" : "calm";
}

// perMinute is how many people are let in, or would be if nobody held the line.
export const perMinute = (v) => number(v.places_per_second * 60, v.places_per_second < 1 / 6 ? 1 : 0);

export function sentence(scene, v) {
  return say("scene." + scene, { n: number(v.in_line), people: people(v.in_line), places: perMinute(v) });
}

// why says which limit binds, or in watch mode would bind. A limit these words
// do not know is told in the edge's own sentence, which is English.
export function why(v) {
  if (v.mode === "off") return { text: "" };
  if (v.mode === "hold") return { text: say("why.binds", { why: say("why.mode", { mode: say("mode.hold") }) }) };
  if (!v.binding) return { text: say("why.none") };
  if (!has("why." + v.binding)) return { text: v.why || v.binding, lang: "en" };
  const text = say("why." + v.binding, {
    limit: number(v.limit), ceiling: number(v.ceiling), places: perMinute(v), mode: say("mode." + v.mode),
  });
  return { text: say(v.mode === "watch" ? "why.watch" : "why.binds", { why: text }) };
}

// partly says that some, not all, servers of the shop are out.
export function partly(v) {
  const out = v.replicas.filter((r) => !r.healthy).length;
  if (!out || out === v.replicas.length) return "";
  return say("scene.partly", { bad: number(out), all: number(v.replicas.length) });
}
