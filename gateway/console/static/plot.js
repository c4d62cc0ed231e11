// Draws the plot of a page: lines by the hour or the day, in the site's zone, named where they end.
"use strict";
(() => {
  const place = document.getElementById("plot");
  if (!place) return;
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
    const long = data.days;
    const roomy = place.clientWidth >= 700;
    // Each line's name stands where it ends, as far apart as they must be to be read.
    const names = (u) => {
      const step = 16 * devicePixelRatio;
      const ends = data.lines
        .map((line, index) => ({ index, last: line.findLastIndex((value) => value != null) }))
        .filter((one) => one.last >= 0)
        .map((one) => ({ ...one, y: u.valToPos(data.lines[one.index][one.last], "y", true), x: u.valToPos(data.at[one.last], "x", true) }))
        .sort((a, b) => b.y - a.y);
      let free = u.bbox.top + u.bbox.height + step / 2;
      u.ctx.save();
      u.ctx.font = `${13 * devicePixelRatio}px system-ui, sans-serif`;
      u.ctx.textAlign = "left";
      u.ctx.textBaseline = "middle";
      for (const one of ends) {
        const y = Math.min(one.y, free - step / 2);
        free = y - step / 2;
        u.ctx.fillStyle = colour(data.colours[one.index]);
        u.ctx.fillText(data.names[one.index], one.x + 8 * devicePixelRatio, y);
      }
      u.ctx.restore();
    };
    // As much room as the longest name takes.
    const measure = document.createElement("canvas").getContext("2d");
    measure.font = "13px system-ui, sans-serif";
    const room = Math.ceil(Math.max(...data.names.map((name) => measure.measureText(name).width))) + 16;
    if (plot) plot.destroy();
    plot = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.zone),
        padding: [null, roomy ? room : null, null, null],
        hooks: { draw: roomy ? [names] : [] },
        cursor: { points: { size: 7 } },
        legend: { live: true, markers: { width: 2 } },
        scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.08)] } },
        axes: [
          { ...axis, space: 90, incrs: data.days ? [86400, 2 * 86400, 7 * 86400, 14 * 86400] : undefined, values: (_, at) => at.map((one) => (long ? day : local).format(new Date(one * 1000))) },
          { ...axis, size: 64, values: (_, values) => values.map((one) => (Number.isInteger(one) ? number.format(one) : "")) },
        ],
        series: [
          { value: (_, at) => (at == null ? "" : data.days ? day.format(new Date(at * 1000)) : `${day.format(new Date(at * 1000))} ${local.format(new Date(at * 1000))}`), label: data.time },
          ...data.names.map((label, index) => ({
            label,
            stroke: colour(data.colours[index]),
            dash: data.days && data.lines.length < 4 ? [] : DASHES[index],
            width: 1.75,
            points: { show: !long, size: 5, fill: colour(data.colours[index]) },
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
