// Texts and numbers in the page's language.
const texts = JSON.parse(document.getElementById("words").textContent);
export const lang = document.documentElement.lang;
const plural = new Intl.PluralRules(lang);

export const has = (key) => Object.hasOwn(texts, key);

// say returns a text with its {names} filled in.
export function say(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function number(n, digits = 0) {
  return new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(n);
}

export const share = (part) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 }).format(part);

export const people = (n) => say("people." + plural.select(n));

export const list = (texts) => new Intl.ListFormat(lang).format(texts);

// wait says a length of time as a person would.
export function wait(seconds) {
  if (seconds < 60) return say("seconds", { n: number(seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say("minutes", { n: number(minutes) });
  return say("hours", { n: number(Math.floor(minutes / 60)), m: number(minutes % 60) });
}

export const seconds = (ms) => say("seconds", { n: number(ms / 1000, ms < 9950 ? 1 : 0) });

const withSeconds = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const withoutSeconds = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const clock = (unix) => withSeconds.format(new Date(unix * 1000));
export const shortClock = (unix) => withoutSeconds.format(new Date(unix * 1000));
export const dateAndTime = (date) => new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(date);
