// Where the site is: at the root of its own server, or a copy in files somewhere below a path.

const root = document.documentElement.dataset.static;

export const fixed = root !== undefined; // a copy: nobody answers, nothing changes
export const base = fixed ? new URL(root, location.href).pathname : "/";

// The address of what the server answers at path; a copy keeps each answer as a folder's index.
export const at = (path) => (fixed ? `${base}${path.slice(1)}/` : path);
