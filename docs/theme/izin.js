// On a phone each cell of a table stands below the last one, and says which column it is of.
// On a screen a table that is wider than its column is reached by the keyboard too, to scroll it.
const wide = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  const around = target.closest(".md-typeset__scrollwrap");
  if (around && around.scrollWidth > around.clientWidth) around.tabIndex = 0;
}));
document.querySelectorAll("article table").forEach((table) => {
  const columns = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  table.querySelectorAll("tbody tr").forEach((row) =>
    [...row.cells].forEach((cell, place) => columns[place] && (cell.dataset.column = columns[place])));
  wide.observe(table);
});
