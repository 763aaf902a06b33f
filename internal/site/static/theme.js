// Applies the remembered theme before the first paint; without one the system's preference holds.
try {
  const theme = localStorage.getItem("plume-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* storage is off: the system's preference holds */ }
