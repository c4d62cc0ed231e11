// On a phone each cell of a table stands below the last one, and says which column it is of.
const article = document.querySelector("article");
article.querySelectorAll("table").forEach((table) => {
  const columns = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  table.querySelectorAll("tbody tr").forEach((row) =>
    [...row.cells].forEach((cell, place) => columns[place] && (cell.dataset.column = columns[place])));
});

// On a screen a table that is wider than its column is reached by the keyboard too, to scroll it.
const reach = () => article.querySelectorAll(".md-typeset__scrollwrap").forEach((around) => {
  if (around.scrollWidth > around.clientWidth) around.tabIndex = 0;
  else around.removeAttribute("tabindex");
});
new MutationObserver(reach).observe(article, { childList: true, subtree: true });
addEventListener("resize", reach);
