/** One axis, at most 5 long; `log`: both ends are powers of ten. */
export interface Axis {
  label: string;
  from: number;
  to: number;
  log?: boolean;
}

export interface Plot {
  title: string;
  x: Axis;
  y: Axis;
  series: { name: string; points: [x: number, y: number][] }[];
  marks: { name: string; x: number; y: number }[];
}

const WIDTH = 760;
const HEIGHT = 560;
const FRAME = { left: 78, top: 56, right: WIDTH - 24, bottom: HEIGHT - 62 };
/** Between the frame and the ends of the axes: lines at an end are no part of the frame. */
const INSET = 10;
/** Easy to tell apart, for colour-blind eyes too. @see Okabe and Ito, Color Universal Design (2008) */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
const INK = "#222222";
const LEGEND_LINE = 22;
/** Generous: fonts differ. */
const CHARACTER = 7.8;

/** Lines in a frame, as an SVG file on white. Values outside an axis are drawn at its end. */
export function plotSvg({ title, x, y, series, marks }: Plot): string {
  const across = scale(x, FRAME.left + INSET, FRAME.right - INSET);
  const up = scale(y, FRAME.bottom - INSET, FRAME.top + INSET);
  const rows = [
    ...series.map(({ name }, i) => ({ name, sign: (at: string) => `<path d="M0 ${at}h28" ${stroke(i)}/>` })),
    ...marks.map(({ name }, i) => ({ name, sign: (at: string) => sign(i, "14", at) })),
  ];
  const legend = { width: 62 + CHARACTER * Math.max(0, ...rows.map(({ name }) => name.length)), height: rows.length * LEGEND_LINE + 12 };
  const [legendX, legendY] = legendCorner(legend, series, across, up);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${FRAME.left}" y="32" font-size="18" font-weight="bold">${escape(title)}</text>`,
    ...ticks(x).map((tick) => `<path d="M${across(tick)} ${FRAME.top}V${FRAME.bottom}" stroke="#dddddd"/><text x="${across(tick)}" y="${FRAME.bottom + 20}" text-anchor="middle">${tickText(tick)}</text>`),
    ...ticks(y).map((tick) => `<path d="M${FRAME.left} ${up(tick)}H${FRAME.right}" stroke="#dddddd"/><text x="${FRAME.left - 8}" y="${up(tick) + 5}" text-anchor="end">${tickText(tick)}</text>`),
    `<rect x="${FRAME.left}" y="${FRAME.top}" width="${FRAME.right - FRAME.left}" height="${FRAME.bottom - FRAME.top}" fill="none" stroke="#666666"/>`,
    `<text x="${(FRAME.left + FRAME.right) / 2}" y="${HEIGHT - 16}" text-anchor="middle">${escape(x.label)}</text>`,
    `<text transform="translate(22 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(y.label)}</text>`,
    ...series.map(({ points }, i) => `<path d="${lineOf(points, across, up)}" fill="none" stroke-linejoin="round" ${stroke(i)}/>`),
    ...marks.map((mark, i) => sign(i, across(mark.x), up(mark.y))),
    `<g transform="translate(${legendX} ${legendY})">`,
    `<rect x="-12" y="-8" width="${legend.width}" height="${legend.height}" fill="#ffffff" fill-opacity="0.9" stroke="#cccccc"/>`,
    ...rows.map((row, i) => `${row.sign(String(i * LEGEND_LINE + 9))}<text x="38" y="${i * LEGEND_LINE + 14}">${escape(row.name)}</text>`),
    "</g>",
    "</svg>\n",
  ].join("\n");
}

/** Every second line is dashed: one that lies on another hides only parts of it. */
function stroke(i: number): string {
  return `stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2.5"${i % 2 === 1 ? ' stroke-dasharray="7 7"' : ""}`;
}

/** Circles, then squares: marks that lie on one another can be told apart. */
function sign(i: number, x: string | number, y: string | number): string {
  const paint = `fill="#ffffff" stroke="${INK}" stroke-width="2"`;
  return i % 2 === 0 ? `<circle cx="${x}" cy="${y}" r="6" ${paint}/>` : `<rect x="${Number(x) - 5}" y="${Number(y) - 5}" width="10" height="10" ${paint}/>`;
}

/** From an axis' values to pixels, to 0.1. */
function scale({ from, to, log }: Axis, first: number, last: number): (value: number) => number {
  const place = (value: number) => (log ? Math.log10(value) : value);
  return (value) => {
    const share = (place(Math.min(Math.max(value, from), to)) - place(from)) / (place(to) - place(from));
    return Math.round(10 * (first + share * (last - first))) / 10;
  };
}

/** Powers of ten, or at most ten even steps. */
function ticks({ from, to, log }: Axis): number[] {
  const [first, last] = log ? [Math.log10(from), Math.log10(to)] : [from, to];
  const step = log ? 1 : [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((size) => (last - first) / size < 10.5)!;
  const count = Math.round((last - first) / step);
  return Array.from({ length: count + 1 }, (_, i) => (log ? 10 ** (first + i) : first + i * step));
}

function tickText(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Points that fall on the pixels of the one before are left out. */
function lineOf(points: [number, number][], across: (x: number) => number, up: (y: number) => number): string {
  const places = points.map(([x, y]) => `${across(x)} ${up(y)}`);
  return `M${places.filter((place, i) => place !== places[i - 1]).join("L")}`;
}

/** Into so many pieces lines between two points are cut, to see what of them the legend hides. */
const PIECES = 24;

/** The corner of the frame in which the legend hides the least of the lines; the lower ones first. */
function legendCorner({ width, height }: { width: number; height: number }, series: Plot["series"], across: (x: number) => number, up: (y: number) => number): [x: number, y: number] {
  const [lower, upper] = [FRAME.bottom - height - 4, FRAME.top + 18];
  const [left, right] = [FRAME.left + INSET + 18, FRAME.right - INSET - width + 6];
  const points = series.flatMap((line) => alongLine(line.points.map(([x, y]) => [across(x), up(y)])));
  const hidden = ([x, y]: [number, number]) => points.filter(([px, py]) => px > x - 14 && px < x + width - 10 && py > y - 10 && py < y + height).length;
  const corners: [number, number][] = [[left, lower], [right, lower], [right, upper], [left, upper]];
  return corners.reduce((best, corner) => (hidden(corner) < hidden(best) ? corner : best));
}

/** The points of a line, and more between each two of them. */
function alongLine(points: [number, number][]): [number, number][] {
  return points.flatMap(([x, y], i) => {
    const [toX, toY] = points[i + 1] ?? [x, y];
    return Array.from({ length: i + 1 < points.length ? PIECES : 1 }, (_, piece): [number, number] => [x + ((toX - x) * piece) / PIECES, y + ((toY - y) * piece) / PIECES]);
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
