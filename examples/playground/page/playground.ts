import { addKeys, keyWords } from "../../../src/report/page/addKeys.js";
import { element, fill } from "../../../src/report/page/dom.js";
import { mechanismCard } from "../../../src/report/page/mechanismCard.js";
import {
  chartSection,
  detailSection,
  evidenceSection,
  itemTable,
  legendOf,
} from "../../../src/report/page/sections.js";
import {
  itemsOf,
  type SpaceChoice,
  type Span,
  scaleOf,
  spaceMaker,
  spansOf,
  unpack,
} from "../../../src/report/page/spaceContent.js";
import { sameGroup, spaceControls } from "../../../src/report/page/spaceControls.js";
import { createStateSpace, type Place } from "../../../src/report/page/stateSpace.js";
import { themeOf } from "../../../src/report/page/theme.js";
import { itemLine, stateLine } from "../../../src/report/page/tips.js";
import type { ReportData } from "../../../src/report/reportData.js";
import { kindsOf, plural, systemLine } from "../../../src/report/words.js";
import type { Opened, Scene, Unclear } from "../engine/answers.js";
import { createAsker, type Question } from "../engine/calls.js";
import { nothing, type Tracked } from "../engine/track.js";
import { type Example, examples } from "../networks.js";
import { type Chosen, createFileChooser, unclearCard } from "./fileChooser.js";
import { createInputSliders } from "./inputSliders.js";
import { createStartsCard, type Start } from "./startsCard.js";
import { placer, planeStrokes, startStrokes, windowOf } from "./strokes.js";

/** Milliseconds after the last move of a slider until the list is searched anew. */
const searchAfter = 300;

/** A span that is outgrown grows by this share more. */
const margin = 0.15;

/** Points are named one by one up to this many, and kinds counted by unstable directions. */
const [mostNamed, mostKinds] = [8, 4];

/** All that is known of the open network. */
interface Network extends Opened {
  readonly hint: string;
  readonly frame: Question<"track">["frame"];
  readonly axes: ReportData["axes"];
}

/** Builds the page. Everything is computed by workers: one follows the points, one searches, one follows trajectories. */
export function buildPlayground(host: HTMLElement): void {
  const [tracker, searcher, follower, reader] = [createAsker(), createAsker(), createAsker(), createAsker()];
  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
  let theme = themeOf(darkScheme.matches);
  let network: Network | null = null;
  let scene: Scene | null = null;
  let plane: Scene["plane"] = null;
  let spans: Span[] = [];
  let items: ReturnType<typeof itemsOf> = [];
  let unpacked: ReturnType<typeof unpack> = null;
  let choice: SpaceChoice = {
    axes: [-1, -1, -1],
    trajectories: true,
    equalScale: true,
    arrows: "selected",
    selected: null,
    memories: true,
  };
  let starts: Start[] = [];
  let [startCount, round, opening, searchTimer, tableTimer] = [0, 0, 0, 0, 0];
  let isTracking = false;
  let wanted: { readonly input: readonly number[]; readonly since: number } | null = null;
  let [isFollowing, followAgain] = [false, false];
  let isSearched = false;
  let list: ReturnType<typeof itemTable> | null = null;

  const title = element("h2", {}, "State space");
  const about = element("p", { class: "lead" });
  const tryThis = element("p", { class: "hint" });
  const fault = element("p", { class: "note fault", role: "alert", hidden: true });
  const unclear = element("div", {});
  const count = element("p", { class: "state count", id: "count" });
  const timing = element("p", { class: "state", id: "timing" });
  const searchState = element("p", { class: "state", id: "search" });
  const live = element("p", { class: "hidden", role: "status" });
  const stage = element("div", { class: "stage place" });
  const tip = element("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const controls = element("div", {});
  const legend = element("div", {});
  const detail = element("section", { class: "card detail", "aria-label": "Selected point" });
  const tableHost = element("div", {});
  const columns = element("div", { class: "columns" });
  const picker = element(
    "select",
    { name: "network", id: "network" },
    examples.map(({ id, name }) => element("option", { value: id }, name)),
    element("option", { value: "file", disabled: true, hidden: true }, "your file"),
  );
  const sliders = createInputSliders((input) => move(input));
  const startsCard = createStartsCard({
    onNear: startNear,
    onRandom: startAtRandom,
    onClear: () => setStarts([]),
    onRemove: (number) => setStarts(starts.filter((s) => s.number !== number)),
    onLabels: draw,
    onClassify: classify,
  });

  const view = createStateSpace(stage, {
    onSelect: select,
    onPlace: startAt,
    onHover(id, x, y, state) {
      const item = items.find((it) => it.id === id);
      tip.hidden = !item && !(state && unpacked);
      if (!scene) return;
      if (item) fill(tip, element("strong", {}, item.name), element("br"), itemLine(scene.data, item));
      else if (state && unpacked)
        fill(
          tip,
          element("strong", {}, `Trajectory ${state.line}`),
          element("br"),
          stateLine(scene.data, unpacked, state.index),
        );
      tip.style.left = `${Math.min(x + 14, stage.clientWidth - 230)}px`;
      tip.style.top = `${y + 14}px`;
    },
  });
  stage.append(tip);
  addKeys(view, "space-hint", selectNext);

  // Opening

  async function openExample(example: Example): Promise<void> {
    const now = ++opening;
    complain(null);
    fill(unclear);
    try {
      if ("spec" in example) {
        const { spec, name, hint } = example;
        await begin(now, { spec, name, kind: spec.kind, recognised: "", notes: [] }, hint);
        return;
      }
      const response = await fetch(example.url);
      if (!response.ok) throw new Error(`${example.name}: cannot be loaded (${response.status})`);
      const found = await reader.ask("open", { bytes: await response.blob(), name: example.name });
      if (!("spec" in found)) throw new Error(`${example.name}: not recognised`);
      await begin(now, found, example.hint);
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    }
  }

  async function openFile(
    chosen: Chosen & { readonly reading?: Unclear["readings"][number] },
  ): Promise<void> {
    const now = ++opening;
    complain(null);
    fill(unclear);
    const { reading, ...file } = chosen;
    try {
      const found = await reader.ask("open", { ...file, ...(reading && { model: reading.model }) });
      if (now !== opening) return;
      if ("readings" in found) {
        const card = unclearCard(chosen.name, found, (k) =>
          openFile({ ...file, reading: found.readings[k] }),
        );
        fill(unclear, card);
        card.querySelector("h2")?.focus();
        return;
      }
      picker.value = "file";
      await begin(now, { ...found, ...(reading && { recognised: reading.name }) }, found.notes.join(" "));
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    }
  }

  async function begin(now: number, opened: Opened, hint: string): Promise<void> {
    for (const asker of [tracker, searcher, follower]) {
      asker.drop();
      asker.use(opened.spec);
    }
    [isTracking, isFollowing, followAgain, wanted] = [false, false, false, null];
    // Nothing can be asked of the old network any more, and nothing yet of the new one.
    [network, isSearched] = [null, false];
    clearTimeout(searchTimer);
    count.textContent = `Opening ${opened.name} …`;
    timing.textContent = searchState.textContent = "";
    const first = await tracker.ask("begin", null);
    if (now !== opening) return;
    const { frame, data } = first;
    network = { ...opened, hint, frame, axes: data.axes };
    starts = [];
    [round, startCount] = [0, 0];
    plane = null;
    sliders.reset(data.system.inputDimension);
    const [a = -1, b = -1, c = -1] = data.shown;
    choice = { ...choice, axes: [a, b, c], equalScale: sameGroup(data, [a, b, c]), selected: null };
    spans = [];
    take(first);
    fill(
      controls,
      spaceControls(data, choice, view, (next) => change(next)),
    );
    view.reset();
    fill(
      about,
      element("strong", {}, network.name),
      `: ${network.recognised === "" ? network.kind : `${network.recognised} (${network.kind})`}; ${plural(first.units, "unit")}; ${systemLine({ system: data.system, input: [] }).replace("; no input", "")}`,
    );
    fill(tryThis, network.hint);
    startsCard.show(starts);
    drawRest();
    move(sliders.values());
  }

  // Moving

  function move(input: readonly number[]): void {
    wanted = { input, since: performance.now() };
    searcher.drop();
    clearTimeout(searchTimer);
    if (isSearched) {
      isSearched = false;
      fill(columns);
    }
    searchState.textContent = "Continued from the answer before; a full search follows.";
    if (!isTracking) trackNow();
  }

  async function trackNow(): Promise<void> {
    if (!wanted || !network || !scene) return;
    const { input, since } = wanted;
    const now = opening;
    wanted = null;
    isTracking = true;
    try {
      const answer = await tracker.ask("track", {
        frame: network.frame,
        before: scene.tracked,
        input,
        round: ++round,
        window: windowOf(
          network.axes.map(({ name }) => name),
          spans,
          choice,
        ),
      });
      if (now !== opening) return;
      const before = scene.tracked;
      ({ plane } = answer);
      take(answer);
      view.draw();
      const took = performance.now() - since;
      timing.textContent = `${round === 1 ? "First answer" : "Moved"} in ${took.toFixed(0)} ms, ${answer.milliseconds.toFixed(0)} ms of it computing.`;
      Object.assign(timing.dataset, { took, computed: answer.milliseconds, round });
      say(before, answer.tracked);
      refollow();
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    } finally {
      if (now === opening) isTracking = false;
    }
    if (now !== opening) return;
    if (wanted) trackNow();
    else searchTimer = window.setTimeout(searchNow, searchAfter);
  }

  async function searchNow(): Promise<void> {
    if (!network || !scene) return;
    const now = opening;
    const { tracked: before } = scene;
    searchState.textContent = "Searching in the background …";
    try {
      const answer = await searcher.ask("search", { frame: network.frame, before });
      if (now !== opening || scene.tracked !== before) return;
      isSearched = true;
      const { born, gone, searches } = answer;
      take({ ...answer, plane });
      redrawPlane();
      searchState.textContent =
        born.length + gone.length === 0
          ? `A full search (${plural(searches, "search", "searches")}) agrees with this list.`
          : `A full search (${plural(searches, "search", "searches")}) corrected this list: ${changes(born, gone)}.`;
      if (born.length + gone.length > 0) live.textContent = searchState.textContent;
      drawRest();
      refollow();
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    }
  }

  /** Tells a screen reader, and everyone, when the set of points changes. */
  function say(before: Tracked, after: Tracked): void {
    const ids = (tracked: Tracked) => tracked.points.map(({ id }) => id);
    const born = ids(after).filter((id) => !ids(before).includes(id));
    const gone = ids(before).filter((id) => !ids(after).includes(id));
    if (born.length + gone.length > 0) live.textContent = `${changes(born, gone)}. ${count.textContent}`;
  }

  function changes(born: readonly number[], gone: readonly number[]): string {
    const named = (ids: readonly number[]) =>
      ids.length > mostNamed
        ? plural(ids.length, "point")
        : `${ids.length === 1 ? "Point" : "Points"} ${ids.join(", ")}`;
    return [
      born.length > 0 ? `${named(born)} appeared` : "",
      gone.length > 0 ? `${named(gone)} vanished` : "",
    ]
      .filter((words) => words !== "")
      .join("; ");
  }

  // Showing

  function take(next: Scene): void {
    const { mechanism = null } = scene?.data ?? {};
    const isSame = scene !== null && sameInput(scene.tracked, next.tracked);
    scene = isSame && mechanism ? { ...next, data: { ...next.data, mechanism } } : next;
    const { data } = scene;
    items = itemsOf(data);
    unpacked = unpack(data);
    if (!items.some(({ id }) => id === choice.selected)) choice = { ...choice, selected: null };
    spans = grown(spans, spansOf(data, items, unpacked));
    const { points } = data;
    count.textContent = `${plural(points.length, "fixed point")}${points.length > 0 ? `: ${kindsInShort(points)}` : ""}`;
    draw();
    clearTimeout(tableTimer);
    tableTimer = window.setTimeout(drawLists, 80);
  }

  /** The picture. */
  function draw(): void {
    if (!scene || !network) return;
    const { data } = scene;
    const content = spaceMaker(data, items, unpacked, spans)(choice);
    const place = placer(spans, choice);
    const window = windowOf(
      network.axes.map(({ name }) => name),
      spans,
      choice,
    );
    const own = startStrokes(data.mechanism ? [] : starts, place);
    const back = plane && window ? planeStrokes(plane, place, window) : [];
    view.select(choice.selected);
    view.show(
      {
        ...content,
        strokes: [...back, ...content.strokes, ...own.strokes],
        labels: [...content.labels, ...own.labels],
      },
      theme,
    );
    const shown = choice.axes.filter((k) => k >= 0).map((k) => data.axes[k].label);
    view.canvas.setAttribute(
      "aria-label",
      `State space along ${shown.join(", ")}: ${count.textContent}. The table of points has the same in words.`,
    );
  }

  /** Table, selected point, legend: a moment after the picture, so that a slider moves freely. */
  function drawLists(): void {
    if (!scene) return;
    const { data } = scene;
    const held = tableHost.contains(document.activeElement);
    list = itemTable(data, items, theme, select);
    fill(tableHost, items.length > 0 ? list.node : element("p", {}, "None was found."));
    list.select(choice.selected);
    if (held) tableHost.querySelector<HTMLInputElement>("input:checked, input")?.focus();
    drawDetail();
    const planeKeys = plane
      ? [
          element("li", {}, element("span", { class: "key first" }), " variable 1 rests (nullcline)"),
          element("li", {}, element("span", { class: "key second" }), " variable 2 rests (nullcline)"),
        ]
      : [];
    fill(legend, legendOf(data, theme));
    legend.querySelector("ul")?.append(...planeKeys);
  }

  function drawDetail(): void {
    if (!scene) return;
    const item = items.find(({ id }) => id === choice.selected) ?? null;
    fill(detail, detailSection(item, scene.data, theme));
  }

  /** What a full search knows. */
  function drawRest(): void {
    if (!scene) return;
    const { data } = scene;
    const early = data.mechanism ? mechanismCard(data.mechanism, data, theme) : null;
    fill(columns, isSearched ? [chartSection(data, unpacked, theme), evidenceSection(data, theme)] : early);
  }

  /** Nullclines and field for what is to be seen now. */
  async function redrawPlane(): Promise<void> {
    if (!network || !scene) return;
    const window = windowOf(
      network.axes.map(({ name }) => name),
      spans,
      choice,
    );
    const { tracked } = scene;
    const now = opening;
    const next = window && (await tracker.ask("plane", { input: tracked.input, window }));
    if (now !== opening || !scene || !sameInput(scene.tracked, tracked)) return;
    plane = next;
    draw();
    drawLists();
  }

  function change(next: Partial<SpaceChoice>): void {
    choice = { ...choice, ...next };
    draw();
    if (next.axes || next.equalScale !== undefined) redrawPlane();
  }

  function select(id: string): void {
    choice = { ...choice, selected: id };
    list?.select(id);
    draw();
    drawDetail();
    const item = items.find((it) => it.id === id);
    if (item) live.textContent = `${item.name}, ${item.look.name}, selected`;
  }

  function selectNext(by: number): void {
    if (items.length === 0) return;
    const now = items.findIndex(({ id }) => id === choice.selected);
    const next = now < 0 ? (by > 0 ? 0 : items.length - 1) : (now + by + items.length) % items.length;
    select(items[next].id);
  }

  // Trajectories

  function setStarts(next: Start[]): void {
    starts = next;
    if (scene?.data.mechanism) scene = { ...scene, data: { ...scene.data, mechanism: null } };
    startsCard.show(starts);
    draw();
    if (isSearched) drawRest();
    refollow();
  }

  function addStart(state: Float64Array): void {
    const number = ++startCount;
    setStarts([...starts, { number, state, label: String(number), followed: null }]);
    live.textContent = `Start ${number} added`;
  }

  /** The state shown at a place: it differs from the selected point, or the middle, along the shown axes only. */
  async function startAt(at: Place): Promise<void> {
    if (!network || !scene) return;
    const { frame, axes } = network;
    const { scales, middle } = scaleOf(spans, choice);
    const coordinates = choice.axes.flatMap((a, k) =>
      a < 0 ? [] : [{ axis: axes[a].name, value: at[k] / scales[k] + middle[k] }],
    );
    const base = selectedState() ?? frame.mean;
    const { input } = scene.tracked;
    addStart(await follower.ask("place", { frame, input, base, coordinates }));
  }

  function selectedState(): Float64Array | null {
    const id = Number(/^point-(\d+)$/.exec(choice.selected ?? "")?.[1] ?? -1);
    return scene?.tracked.points.find((p) => p.id === id)?.state ?? null;
  }

  async function startAtRandom(): Promise<void> {
    if (scene)
      addStart(await follower.ask("random", { input: scene.tracked.input, seed: 1000 + startCount }));
  }

  async function startNear(): Promise<void> {
    const state = selectedState();
    if (!state || !scene) {
      live.textContent = "Select a point first";
      return;
    }
    const random = await follower.ask("random", { input: scene.tracked.input, seed: 2000 + startCount });
    addStart(state.map((v, i) => v + 0.05 * (random[i] - v)));
  }

  async function refollow(): Promise<void> {
    if (starts.length === 0 || !network || !scene) return;
    if (isFollowing) {
      followAgain = true;
      return;
    }
    isFollowing = true;
    const now = opening;
    const asked = starts;
    try {
      const answers = await follower.ask("follow", {
        frame: network.frame,
        tracked: scene.tracked,
        states: asked.map(({ state }) => state),
      });
      if (now !== opening) return;
      for (const [i, start] of asked.entries()) start.followed = answers[i];
      startsCard.ends(asked);
      draw();
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    } finally {
      if (now === opening) isFollowing = false;
    }
    if (now === opening && followAgain) {
      followAgain = false;
      refollow();
    }
  }

  async function classify(delay: number): Promise<void> {
    if (!network || !scene) return;
    const now = opening;
    const { tracked } = scene;
    complain(null);
    live.textContent = "Following the memories";
    try {
      const mechanism = await follower.ask("classify", {
        frame: network.frame,
        input: tracked.input,
        states: starts.map(({ state }) => state),
        labels: starts.map(({ label }) => label),
        delay,
      });
      if (now !== opening || !sameInput(scene.tracked, tracked)) return;
      scene = { ...scene, data: { ...scene.data, mechanism } };
      draw();
      drawLists();
      drawRest();
      live.textContent = `Mechanism: ${mechanism?.label}`;
    } catch (error) {
      if (now === opening) complain((error as Error).message);
    }
  }

  function complain(words: string | null): void {
    fault.hidden = words === null;
    fault.textContent = words ?? "";
  }

  // The page

  picker.addEventListener("change", () => {
    const example = examples.find(({ id }) => id === picker.value);
    if (example) openExample(example);
  });
  fill(
    host,
    element(
      "header",
      {},
      element("h1", {}, "Playground: fixed points of a network, as its input moves"),
      element(
        "div",
        { class: "head-row" },
        element("p", {}, element("label", { for: "network" }, "Network "), picker),
        createFileChooser(openFile, complain),
      ),
      about,
      fault,
    ),
    unclear,
    element(
      "div",
      { class: "space" },
      element(
        "div",
        { class: "side" },
        element(
          "section",
          { class: "card picture" },
          title,
          controls,
          view.hasWebGL
            ? null
            : element(
                "p",
                { class: "note" },
                "This browser offers no WebGL: the picture is drawn on a flat canvas.",
              ),
          stage,
          legend,
          element(
            "p",
            { class: "hint", id: "space-hint" },
            `Click a point for its figures, any other place to start a trajectory there. Drag to turn, wheel to zoom. ${keyWords}`,
          ),
        ),
        element("section", { class: "card" }, element("h2", {}, "Points and cycles"), tableHost),
      ),
      element(
        "div",
        { class: "side" },
        element(
          "section",
          { class: "card", "aria-label": "Input" },
          element("h2", {}, "Input, held constant"),
          tryThis,
          sliders.node,
          count,
          timing,
          searchState,
        ),
        detail,
        startsCard.node,
      ),
    ),
    live,
    columns,
  );
  darkScheme.addEventListener("change", ({ matches }) => {
    theme = themeOf(matches);
    draw();
    drawLists();
    drawRest();
  });
  openExample(examples[0]);

  // For scripts that drive the page: what is shown, and where.
  Object.assign(globalThis, {
    rnnDynamicsPlayground: {
      places: view.places,
      select,
      turn: view.turn,
      draw: view.draw,
      tracked: () => scene?.tracked ?? nothing,
      data: () => scene?.data ?? null,
      isSearched: () => isSearched,
    },
  });
}

/** The kinds of points; saddles as one where there are many kinds of them. */
function kindsInShort(points: ReportData["points"]): string {
  const kinds = kindsOf(points);
  if (kinds.split(", ").length <= mostKinds) return kinds;
  const saddles = points.filter(({ stability }) => stability === "saddle").length;
  const others = points.filter(({ stability }) => stability !== "saddle");
  return [kindsOf(others), plural(saddles, "saddle")].filter((words) => words !== "").join(", ");
}

/** Whether both are answers to one question: arrays that came from a worker are never the same array. */
function sameInput(a: Tracked, b: Tracked): boolean {
  return a.input.length === b.input.length && a.input.every((v, k) => v === b.input[k]);
}

/** Spans that hold both: with some room where the old ones were too small. */
function grown(old: readonly Span[], next: readonly Span[]): Span[] {
  if (old.length !== next.length) return [...next];
  return old.map((span, k) => {
    const { from, to } = next[k];
    const room = margin * (to - from);
    return {
      from: from < span.from - 1e-9 ? from - room : span.from,
      to: to > span.to + 1e-9 ? to + room : span.to,
    };
  });
}
