import {
  BufferAttribute,
  BufferGeometry,
  Float32BufferAttribute,
  LineBasicMaterial,
  LineSegments,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { cornersOf, type Hue, type Look } from "../looks.js";
import { element } from "./dom.js";
import type { Theme } from "./theme.js";

/** A place in the cube from -1 to 1 that a view shows: right, up, toward the reader. */
export type Place = readonly [number, number, number];

/** What a view shows. */
export interface SpaceContent {
  readonly axes: readonly { readonly label: string; readonly from: string; readonly to: string }[];
  /** Many thin lines: places one after the other, how many belong to each line, and how slow each is (0 to 1). */
  readonly lines: {
    readonly positions: Float32Array;
    readonly lengths: readonly number[];
    readonly slowness: Float32Array;
  };
  readonly curves: readonly {
    readonly places: readonly Place[];
    readonly dashed: boolean;
    readonly id: string;
  }[];
  readonly arrows: readonly { readonly from: Place; readonly to: Place; readonly grows: boolean }[];
  /** Outlines of planes that complex pairs span. */
  readonly planes: readonly { readonly places: readonly Place[]; readonly grows: boolean }[];
  /** Paths with a colour of their own, below the markers. */
  readonly strokes: readonly SpaceStroke[];
  /** Words in the picture, with a ring where they belong. */
  readonly labels: readonly SpaceLabel[];
  readonly markers: readonly SpaceMarker[];
  /** Nothing happens along the third axis: looked at from the front. */
  readonly isFlat: boolean;
}

/** A point that can be selected. */
export interface SpaceMarker {
  readonly id: string;
  readonly at: Place;
  readonly look: Look;
  readonly name: string;
}

/** A path of one colour. */
export interface SpaceStroke {
  readonly places: readonly Place[];
  readonly colour: Hue;
  readonly width: number;
  readonly dashed?: boolean;
  /** Ends in an arrow head. */
  readonly arrow?: boolean;
}

/** Words at a place, above it or below; `filled`: with a disc instead of a ring. */
export interface SpaceLabel {
  readonly at: Place;
  readonly text: string;
  readonly colour: Hue;
  readonly filled?: boolean;
  readonly below?: boolean;
}

/** A state along one of the thin lines. */
export interface LineState {
  /** Position of the line, and of the state on it. */
  readonly line: number;
  readonly sample: number;
  /** Position among the states of all lines. */
  readonly index: number;
}

/** What a view tells its owner. */
export interface SpaceEvents {
  onSelect(id: string): void;
  /** What is under the pointer: a marker, else a state of a line, else nothing. */
  onHover(id: string | null, x: number, y: number, state: LineState | null): void;
  /** A click where there is no marker: the place under it, at the depth of the selected marker, else of the middle. */
  onPlace?(place: Place): void;
}

/** A view of a state space, in an element of the page. */
export interface StateSpace {
  readonly canvas: HTMLCanvasElement;
  /** Whether lines are drawn by WebGL. */
  readonly hasWebGL: boolean;
  show(content: SpaceContent, theme: Theme): void;
  select(id: string | null): void;
  /** Where markers stand, in CSS pixels from the upper left corner of the canvas. */
  places(): { id: string; x: number; y: number }[];
  /** Turns to the right and up, in radians. */
  turn(right: number, up: number): void;
  zoom(factor: number): void;
  reset(): void;
  /** Draws now. */
  draw(): void;
}

/** A pointer within this many pixels of a marker means it. */
const reach = 14;

/** A pointer within this many pixels of a line means it. */
const lineReach = 7;

/** Segments that a flat canvas draws, at most. */
const mostWithoutWebGL = 15_000;

/** Segments drawn while the view turns, about: where the graphics processor is software, and where it is not. */
const mostTurning = { software: 16_000, hardware: 400_000 };

/** Milliseconds without a turn after which all is drawn again. */
const stillAfter = 150;

const corners: readonly Place[] = Array.from(
  { length: 8 },
  (_, i) => [i & 1 ? 1 : -1, i & 2 ? 1 : -1, i & 4 ? 1 : -1] as const,
);

/**
 * A view that is turned by mouse, touch and keys. Thin lines, of which there may be many, are drawn by WebGL; what is to
 * be read and hit, on a flat canvas above it. Without WebGL lines are drawn there too, fewer of them.
 */
export function createStateSpace(host: HTMLElement, events: SpaceEvents): StateSpace {
  const under = element("canvas", { class: "lines", "aria-hidden": "true" });
  const canvas = element("canvas", { class: "marks", tabindex: 0 });
  host.append(under, canvas);
  // Kept out of the graphics processor: where that is software, a frame takes a third less.
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const { renderer, isSoftware } = rendererOn(under);
  const flatPen = renderer ? null : under.getContext("2d");
  const camera = new PerspectiveCamera(30, 1, 0.1, 100);
  const controls = new OrbitControls(camera, canvas);
  controls.enableDamping = true;
  controls.dampingFactor = 0.15;
  const scene = new Scene();
  const material = new LineBasicMaterial({ vertexColors: true, depthTest: false, depthWrite: false });
  let mesh: LineSegments | null = null;
  let levels: Levels | null = null;
  let content: SpaceContent | null = null;
  let theme: Theme | null = null;
  let selected: string | null = null;
  let hovered: string | null = null;
  let [width, height] = [0, 0];
  let waiting = false;
  let [isTurning, stillTimer] = [false, 0];
  /** Where the states of lines were drawn, in pixels; made when the pointer asks, kept until the view changes. */
  let seenLines: Float32Array | null = null;
  const point = new Vector3();

  const project = (place: Place): { x: number; y: number; near: number } => {
    point.set(place[0], place[1], place[2]).project(camera);
    const near = point.z;
    return { x: ((point.x + 1) / 2) * width, y: ((1 - point.y) / 2) * height, near };
  };

  function later(): void {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (controls.update()) later();
      draw();
    });
  }

  /** A turn or a zoom: coarse lines until it has been still for a while. */
  function moved(): void {
    isTurning = true;
    seenLines = null;
    clearTimeout(stillTimer);
    stillTimer = window.setTimeout(() => {
      isTurning = false;
      later();
    }, stillAfter);
    later();
  }

  function resize(): void {
    seenLines = null;
    width = host.clientWidth;
    height = host.clientHeight;
    if (width === 0 || height === 0) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (renderer) {
      renderer.setPixelRatio(isSoftware ? 1 : ratio);
      renderer.setSize(width, height, false);
    } else {
      under.width = canvas.width;
      under.height = canvas.height;
      flatPen?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    later();
  }

  function draw(): void {
    if (!content || !theme || width === 0) return;
    camera.updateMatrixWorld();
    if (renderer) {
      if (mesh && levels) mesh.geometry.setIndex(isTurning ? levels.coarse : levels.full);
      renderer.render(scene, camera);
    } else if (flatPen) drawLinesFlat(flatPen);
    pen.clearRect(0, 0, width, height);
    drawBox(theme, content);
    drawCurves(theme, content);
    drawArrows(theme, content);
    drawStrokes(theme, content);
    drawMarkers(theme, content);
    drawLabels(theme, content);
  }

  function drawLinesFlat(ctx: CanvasRenderingContext2D): void {
    const { positions, lengths } = content!.lines;
    ctx.clearRect(0, 0, width, height);
    ctx.strokeStyle = theme!.dark ? "#5b6b7c" : "#a9b4c0";
    ctx.lineWidth = 0.7;
    ctx.beginPath();
    const stride = Math.max(1, Math.ceil(positions.length / 3 / mostWithoutWebGL));
    let from = 0;
    for (const n of lengths) {
      for (let i = 0; i < n; i += stride) {
        const k = 3 * (from + i);
        const { x, y } = project([positions[k], positions[k + 1], positions[k + 2]]);
        if (i === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      }
      from += n;
    }
    ctx.stroke();
  }

  function drawBox({ faint, muted, ink }: Theme, { axes, isFlat }: SpaceContent): void {
    const seen = corners.map(([x, y, z]) => project([x, y, isFlat ? 0 : z]));
    pen.strokeStyle = faint;
    pen.lineWidth = 1;
    pen.setLineDash([]);
    for (let i = 0; i < 8; i++)
      for (const bit of [1, 2, 4]) {
        if (i & bit || (isFlat && (i & 4 || bit === 4))) continue;
        pen.beginPath();
        pen.moveTo(seen[i].x, seen[i].y);
        pen.lineTo(seen[i | bit].x, seen[i | bit].y);
        pen.stroke();
      }
    const middle = { x: width / 2, y: height / 2 };
    for (const [k, axis] of axes.entries()) {
      // Of the four edges along this axis the one farthest out, low ones first.
      const bit = 1 << k;
      let best = -1;
      let score = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < 8; i++) {
        if (i & bit || (isFlat && i & 4)) continue;
        const [a, b] = [seen[i], seen[i | bit]];
        const out = Math.hypot((a.x + b.x) / 2 - middle.x, (a.y + b.y) / 2 - middle.y);
        const low =
          ((a.y + b.y) / 2 - middle.y) * (k === 1 ? 0 : 0.6) - ((a.x + b.x) / 2) * (k === 1 ? 0.3 : 0);
        if (out + low > score) [best, score] = [i, out + low];
      }
      const [a, b] = [seen[best], seen[best | bit]];
      if (Math.hypot(a.x - b.x, a.y - b.y) < 30) continue;
      const at = (share: number, away: number) => {
        const x = a.x + share * (b.x - a.x);
        const y = a.y + share * (b.y - a.y);
        const r = Math.hypot(x - middle.x, y - middle.y) || 1;
        return { x: x + (away * (x - middle.x)) / r, y: y + (away * (y - middle.y)) / r };
      };
      pen.fillStyle = ink;
      pen.font = "600 13px system-ui, sans-serif";
      // Beside an upright edge, not across it.
      const middleOfEdge = at(0.5, k === 1 ? 10 : 18);
      const shift =
        k === 1 ? (Math.sign(middleOfEdge.x - middle.x) * pen.measureText(axis.label).width) / 2 : 0;
      words(axis.label, { x: middleOfEdge.x + shift, y: middleOfEdge.y });
      pen.fillStyle = muted;
      pen.font = "11px system-ui, sans-serif";
      words(axis.from, at(0.09, 14));
      words(axis.to, at(0.91, 14));
    }
  }

  function words(text: string, { x, y }: { x: number; y: number }): void {
    const half = pen.measureText(text).width / 2;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(
      text,
      Math.min(Math.max(x, half + 4), width - half - 4),
      Math.min(Math.max(y, 9), height - 9),
    );
  }

  function drawCurves({ ink, decays, grows }: Theme, { curves, planes }: SpaceContent): void {
    for (const { places, grows: growing } of planes) {
      trace(places);
      pen.closePath();
      pen.globalAlpha = 0.15;
      pen.fillStyle = growing ? grows : decays;
      pen.fill();
      pen.globalAlpha = 0.8;
      pen.strokeStyle = pen.fillStyle;
      pen.lineWidth = 1;
      pen.stroke();
      pen.globalAlpha = 1;
    }
    for (const { places, dashed, id } of curves) {
      trace(places);
      pen.strokeStyle = ink;
      pen.lineWidth = id === selected ? 3.5 : 1.8;
      pen.setLineDash(dashed ? [6, 4] : []);
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  function trace(places: readonly Place[]): void {
    pen.beginPath();
    for (const [i, place] of places.entries()) {
      const { x, y } = project(place);
      if (i === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
  }

  function drawStrokes({ dark }: Theme, { strokes }: SpaceContent): void {
    for (const { places, colour, width: wide, dashed, arrow } of strokes) {
      trace(places);
      pen.strokeStyle = pen.fillStyle = dark ? colour.bright : colour.colour;
      pen.lineWidth = wide;
      pen.lineJoin = "round";
      pen.setLineDash(dashed ? [2 * wide, 2 * wide] : []);
      pen.stroke();
      if (arrow && places.length > 1) arrowHead(project(places.at(-2)!), project(places.at(-1)!));
    }
    pen.setLineDash([]);
  }

  /** Words beside rings: after the markers, so that they can be read. */
  function drawLabels({ dark, paper, ink }: Theme, { labels }: SpaceContent): void {
    pen.font = "600 12px system-ui, sans-serif";
    for (const { at, text, colour, filled, below } of labels) {
      const { x, y } = project(at);
      pen.beginPath();
      pen.arc(x, y, filled ? 4 : 6, 0, 2 * Math.PI);
      pen.lineWidth = 2.5;
      pen.strokeStyle = pen.fillStyle = dark ? colour.bright : colour.colour;
      if (filled) pen.fill();
      else pen.stroke();
      if (text === "") continue;
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      const wide = pen.measureText(text).width;
      const left = x + 14 + wide < width ? x + 10 : x - 10 - wide;
      pen.globalAlpha = 0.8;
      pen.fillStyle = paper;
      const line = below ? y + 11 : y - 8;
      pen.fillRect(left - 2, line - 8, wide + 4, 15);
      pen.globalAlpha = 1;
      pen.fillStyle = ink;
      pen.fillText(text, left, line);
    }
  }

  function drawArrows({ decays, grows }: Theme, { arrows }: SpaceContent): void {
    pen.lineWidth = 1.8;
    for (const { from, to, grows: growing } of arrows) {
      const [a, b] = [project(from), project(to)];
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if (length < 2) continue;
      pen.strokeStyle = pen.fillStyle = growing ? grows : decays;
      pen.beginPath();
      pen.moveTo(a.x, a.y);
      pen.lineTo(b.x, b.y);
      pen.stroke();
      arrowHead(a, b);
    }
  }

  function arrowHead(a: { x: number; y: number }, b: { x: number; y: number }): void {
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const size = Math.min(8, 0.6 * length);
    if (size === 0) return;
    const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
    pen.beginPath();
    pen.moveTo(b.x + 0.3 * size * ux, b.y + 0.3 * size * uy);
    pen.lineTo(b.x - size * ux - 0.5 * size * uy, b.y - size * uy + 0.5 * size * ux);
    pen.lineTo(b.x - size * ux + 0.5 * size * uy, b.y - size * uy - 0.5 * size * ux);
    pen.fill();
  }

  function drawMarkers(own: Theme, { markers }: SpaceContent): void {
    const seen = markers.map((marker) => ({ marker, ...project(marker.at) }));
    seen.sort((a, b) => b.near - a.near);
    for (const { marker, x, y } of seen) {
      const isSelected = marker.id === selected;
      const size = isSelected || marker.id === hovered ? 8 : 6;
      drawMarker(marker.look, x, y, size, own);
      if (isSelected) {
        pen.strokeStyle = own.ink;
        pen.lineWidth = 2;
        pen.beginPath();
        pen.arc(x, y, 14, 0, 2 * Math.PI);
        pen.stroke();
      }
    }
    const chosen = seen.find(({ marker }) => marker.id === selected);
    if (!chosen) return;
    pen.font = "600 13px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    const wide = pen.measureText(chosen.marker.name).width;
    const left = chosen.x + 20 + wide < width ? chosen.x + 18 : chosen.x - 18 - wide;
    pen.globalAlpha = 0.85;
    pen.fillStyle = own.paper;
    pen.fillRect(left - 3, chosen.y - 10, wide + 6, 20);
    pen.globalAlpha = 1;
    pen.fillStyle = own.ink;
    pen.fillText(chosen.marker.name, left, chosen.y + 1);
  }

  function drawMarker(look: Look, x: number, y: number, size: number, own: Theme): void {
    pen.beginPath();
    const list = cornersOf(look.marker);
    if (list) {
      for (const [i, [a, b]] of list.entries())
        if (i === 0) pen.moveTo(x + a * size, y + b * size);
        else pen.lineTo(x + a * size, y + b * size);
      pen.closePath();
    } else if (look.marker === "circle") pen.arc(x, y, size, 0, 2 * Math.PI);
    else {
      const arm = 0.85 * size;
      pen.moveTo(x - arm, y - arm);
      pen.lineTo(x + arm, y + arm);
      pen.moveTo(x - arm, y + arm);
      pen.lineTo(x + arm, y - arm);
      pen.strokeStyle = own.paper;
      pen.lineWidth = 5.5;
      pen.stroke();
      pen.strokeStyle = own.of(look);
      pen.lineWidth = 3;
      pen.stroke();
      return;
    }
    pen.fillStyle = own.of(look);
    pen.fill();
    pen.strokeStyle = own.paper;
    pen.lineWidth = 1.3;
    pen.stroke();
  }

  function pixelOf(event: PointerEvent): [x: number, y: number] {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** The place under a pixel, at the depth of the selected marker, or of the middle. */
  function placeAt(x: number, y: number): Place {
    const anchor = content?.markers.find(({ id }) => id === selected)?.at;
    camera.updateMatrixWorld();
    const { z } = point.set(...(anchor ?? ([0, 0, 0] as const))).project(camera);
    point.set((2 * x) / width - 1, 1 - (2 * y) / height, z).unproject(camera);
    return [point.x, point.y, content?.isFlat ? 0 : point.z];
  }

  /** The state of a thin line nearest to the pointer. O(states), and as much again after a turn. */
  function nearestState(event: PointerEvent): LineState | null {
    if (!content) return null;
    const { positions, lengths } = content.lines;
    const count = positions.length / 3;
    if (!seenLines) {
      seenLines = new Float32Array(2 * count);
      camera.updateMatrixWorld();
      for (let i = 0; i < count; i++) {
        point.fromArray(positions, 3 * i).project(camera);
        seenLines[2 * i] = ((point.x + 1) / 2) * width;
        seenLines[2 * i + 1] = ((1 - point.y) / 2) * height;
      }
    }
    const [px, py] = pixelOf(event);
    let best = -1;
    let distance = lineReach ** 2;
    let from = 0;
    for (const n of lengths) {
      for (let i = from; i < from + n; i++) {
        // To the stretch from the state before; of its ends the nearer one is meant.
        const [x, y] = [seenLines[2 * i] - px, seenLines[2 * i + 1] - py];
        const k = i > from ? i - 1 : i;
        const [dx, dy] = [seenLines[2 * k] - px - x, seenLines[2 * k + 1] - py - y];
        const share = Math.min(1, Math.max(0, -(x * dx + y * dy) / (dx * dx + dy * dy || 1)));
        const r = (x + share * dx) ** 2 + (y + share * dy) ** 2;
        if (r < distance) [best, distance] = [share > 0.5 ? k : i, r];
      }
      from += n;
    }
    if (best < 0) return null;
    from = 0;
    for (const [line, n] of lengths.entries()) {
      if (best < from + n) return { line, sample: best - from, index: best };
      from += n;
    }
    return null;
  }

  function nearest(event: PointerEvent): SpaceMarker | null {
    const [px, py] = pixelOf(event);
    let best: SpaceMarker | null = null;
    let distance = reach;
    for (const marker of content?.markers ?? []) {
      const { x, y } = project(marker.at);
      const r = Math.hypot(x - px, y - py);
      if (r < distance) [best, distance] = [marker, r];
    }
    return best;
  }

  let down: { x: number; y: number } | null = null;
  canvas.addEventListener("pointerdown", (event) => {
    down = { x: event.clientX, y: event.clientY };
  });
  canvas.addEventListener("pointerup", (event) => {
    if (down && Math.hypot(event.clientX - down.x, event.clientY - down.y) < 5) {
      const marker = nearest(event);
      if (marker) events.onSelect(marker.id);
      else if (content) events.onPlace?.(placeAt(...pixelOf(event)));
    }
    down = null;
  });
  const hover = (id: string | null, event: PointerEvent) => {
    const isIdle = event.type === "pointermove" && !event.buttons;
    events.onHover(id, ...pixelOf(event), isIdle && id === null ? nearestState(event) : null);
    if (id === hovered) return;
    hovered = id;
    canvas.style.cursor = id === null ? "" : "pointer";
    later();
  };
  canvas.addEventListener("pointermove", (event) =>
    hover(event.buttons ? null : (nearest(event)?.id ?? null), event),
  );
  canvas.addEventListener("pointerleave", (event) => hover(null, event));
  controls.addEventListener("change", moved);

  const turn = (right: number, up: number) => {
    const { position } = camera;
    const from = position.clone().sub(controls.target);
    const radius = from.length();
    const polar = Math.min(Math.PI - 0.01, Math.max(0.01, Math.acos(from.y / radius) - up));
    const around = Math.atan2(from.x, from.z) + right;
    position.set(
      radius * Math.sin(polar) * Math.sin(around),
      radius * Math.cos(polar),
      radius * Math.sin(polar) * Math.cos(around),
    );
    position.add(controls.target);
    camera.lookAt(controls.target);
    moved();
  };
  const zoom = (factor: number) => {
    camera.position
      .sub(controls.target)
      .multiplyScalar(1 / factor)
      .add(controls.target);
    moved();
  };
  const reset = () => {
    controls.target.set(0, 0, 0);
    if (content?.isFlat) camera.position.set(0, 0, 4.6);
    else camera.position.set(2.9, 2, 4.95);
    camera.lookAt(controls.target);
    moved();
  };

  new ResizeObserver(resize).observe(host);
  resize();
  return {
    canvas,
    hasWebGL: renderer !== null,
    show(next, nextTheme) {
      const first = content === null || content.isFlat !== next.isFlat;
      if (content?.lines !== next.lines || theme !== nextTheme) {
        if (mesh) {
          scene.remove(mesh);
          mesh.geometry.dispose();
        }
        levels = renderer
          ? levelsOf(next.lines, isSoftware ? mostTurning.software : mostTurning.hardware)
          : null;
        mesh = levels && segments(next.lines, nextTheme, material);
        if (mesh) scene.add(mesh);
      }
      renderer?.setClearColor(nextTheme.paper, 1);
      content = next;
      seenLines = null;
      theme = nextTheme;
      if (first) reset();
      later();
    },
    select(id) {
      selected = id;
      later();
    },
    places: () => {
      camera.updateMatrixWorld();
      return (content?.markers ?? []).map(({ id, at }) => {
        const { x, y } = project(at);
        return { id, x, y };
      });
    },
    turn,
    zoom,
    reset,
    draw,
  };
}

/** What thin lines on plain paper do without; without these a frame takes a fifth less in software. */
const cheap = { alpha: false, depth: false, stencil: false, antialias: false };

/** WebGL on a canvas, if there is any; and whether it is computed in software. */
function rendererOn(canvas: HTMLCanvasElement): { renderer: WebGLRenderer | null; isSoftware: boolean } {
  const context = canvas.getContext("webgl2", cheap) as WebGL2RenderingContext | null;
  if (!context) return { renderer: null, isSoftware: false };
  const info = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  const renderer = new WebGLRenderer({ canvas, context, ...cheap });
  return { renderer, isSoftware: /swiftshader|llvmpipe|software/i.test(name) };
}

/** Which states are joined: all of them in turn, and fewer, for while the view turns. */
interface Levels {
  readonly full: BufferAttribute;
  readonly coarse: BufferAttribute;
}

/** Both levels, the coarse one of about `most` segments; null where there are no lines. */
function levelsOf({ lengths }: SpaceContent["lines"], most: number): Levels | null {
  const segments = lengths.reduce((sum, n) => sum + Math.max(0, n - 1), 0);
  if (segments === 0) return null;
  const full = joined(lengths, 1);
  const stride = Math.ceil(segments / most);
  return { full, coarse: stride > 1 ? joined(lengths, stride) : full };
}

/** Pairs of states along each line, every `stride`-th and the last. */
function joined(lengths: readonly number[], stride: number): BufferAttribute {
  const index: number[] = [];
  let from = 0;
  for (const n of lengths) {
    for (let i = 0; i < n - 1; i += stride) index.push(from + i, from + Math.min(i + stride, n - 1));
    from += n;
  }
  return new BufferAttribute(Uint32Array.from(index), 1);
}

/** All lines as one geometry, to be joined by {@link joined}. */
function segments(
  { positions, slowness }: SpaceContent["lines"],
  { slow, fast }: Theme,
  material: LineBasicMaterial,
): LineSegments {
  const colours = new Float32Array(positions.length);
  for (let i = 0; i < slowness.length; i++)
    for (let c = 0; c < 3; c++) colours[3 * i + c] = (fast[c] + slowness[i] * (slow[c] - fast[c])) ** 2.2;
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
  geometry.setAttribute("color", new Float32BufferAttribute(colours, 3));
  return new LineSegments(geometry, material);
}
