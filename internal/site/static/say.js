// The page's words. Texts that are kept once for all languages name a word between ⟦ and ⟧, or the same text in both.

import { base, home } from "./place.js";
import { words } from "./words.js";

const chinese = document.documentElement.lang === "zh" ? 1 : 0;

// A word in the page's language, with its places filled in.
export function say(key, ...args) {
  return args.reduce((text, arg, i) => text.replaceAll(`{${i}}`, arg), words[key]?.[chinese] ?? key);
}

// The text of which only one language has a place here.
export const choose = (en, zh) => (chinese ? zh : en);

// A text for all languages in the page's own.
export function spoken(text) {
  return text.replace(/⟦([^⟧]*)⟧/g, (_, mark) => {
    if (mark === "files") return base;
    if (mark === "home") return home;
    const [key, ...args] = mark.split("|");
    return key ? say(key, ...args) : choose(...args);
  });
}
