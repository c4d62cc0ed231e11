// Draws the plot of the page Today: lines by the hour, in the site's zone, named where they end.
"use strict";
(() => {
  const place = document.getElementById("plot");
  if (!place) return;
  const COLOURS = ["--soft", "--allow", "--license", "--deny"];
  const DASHES = [[], [6, 4], [2, 3], []];
  const HEIGHT = 260;
  let plot = null;

  const draw = (data) => {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const language = data.language === "en" ? "en-GB" : data.language;
    const number = new Intl.NumberFormat(language);
    const axis = { stroke: colour("--soft"), font: "13px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const local = new Intl.DateTimeFormat(language, { timeZone: data.zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" });
    const day = new Intl.DateTimeFormat(language, { timeZone: data.zone, day: "numeric", month: "short" });
    const long = data.at.length > 48;
    if (plot) plot.destroy();
    plot = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.zone),
        cursor: { points: { size: 7 } },
        legend: { live: true, markers: { width: 2 } },
        scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.08)] } },
        axes: [
          { ...axis, values: (_, at) => at.map((one) => (long ? day : local).format(new Date(one * 1000))) },
          { ...axis, size: 64, values: (_, values) => values.map((one) => (Number.isInteger(one) ? number.format(one) : "")) },
        ],
        series: [
          { value: (_, at) => (at == null ? "" : `${day.format(new Date(at * 1000))} ${local.format(new Date(at * 1000))}`), label: data.time },
          ...data.names.map((label, index) => ({
            label,
            stroke: colour(COLOURS[index]),
            dash: DASHES[index],
            width: 1.75,
            points: { show: !long, size: 5, fill: colour(COLOURS[index]) },
            value: (_, value) => (value == null ? "–" : number.format(value)),
          })),
        ],
      },
      [data.at, ...data.lines],
      place,
    );
  };

  fetch(place.dataset.from, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((data) => {
      draw(data);
      const again = () => draw(data);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
      let width = place.clientWidth;
      new ResizeObserver(() => {
        if (place.clientWidth !== width) {
          width = place.clientWidth;
          again();
        }
      }).observe(place);
    })
    .catch(() => place.remove()); // the table has it all
})();
