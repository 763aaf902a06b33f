// Where the site is: at the root of its own server, or a copy in files somewhere below a path.

const { dataset, lang } = document.documentElement;

export const fixed = dataset.static !== undefined; // a copy: nobody answers, nothing changes
export const base = fixed ? new URL(dataset.static, location.href).pathname : "/";
export const home = lang === "zh" ? `${base}zh/` : base; // of the pages in this page's language

// The address of what the server answers at path, in the page's language; a copy keeps each page as a folder's index.
export const at = (path) => `${home}${path.slice(1)}${fixed ? "/" : ""}`;
