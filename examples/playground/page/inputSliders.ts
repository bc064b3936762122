import { element, fill } from "../../../src/report/page/dom.js";

/** Sliders go this far to both sides; the number beside one may be set to anything. */
const reach = 2;

/** One slider and one number per input channel. */
export interface InputSliders {
  readonly node: HTMLElement;
  /** Makes them anew, at zero. */
  reset(channels: number): void;
  values(): number[];
}

/** Sliders that tell each change. */
export function createInputSliders(onChange: (values: number[]) => void): InputSliders {
  const list = element("div", { class: "sliders" });
  let rows: { slider: HTMLInputElement; number: HTMLInputElement }[] = [];
  const values = () => rows.map(({ number }) => Number(number.value) || 0);
  const zero = element("button", { type: "button" }, "All inputs to zero");
  zero.addEventListener("click", () => {
    for (const { slider, number } of rows) slider.value = number.value = "0";
    onChange(values());
  });
  return {
    node: list,
    values,
    reset(channels) {
      rows = Array.from({ length: channels }, (_, k) => {
        const name = `Input ${k + 1}`;
        const slider = element("input", {
          type: "range",
          name: `input-${k + 1}`,
          min: -reach,
          max: reach,
          step: 0.01,
          value: 0,
          "aria-label": name,
        });
        const number = element("input", {
          type: "number",
          name: `input-${k + 1}-value`,
          step: 0.01,
          value: 0,
          "aria-label": `${name}, exact value`,
        });
        slider.addEventListener("input", () => {
          number.value = slider.value;
          onChange(values());
        });
        number.addEventListener("input", () => {
          if (!Number.isFinite(Number(number.value))) return;
          slider.value = number.value;
          onChange(values());
        });
        return { slider, number };
      });
      fill(
        list,
        channels === 0 ? element("p", {}, "This network has no input.") : null,
        rows.map(({ slider, number }, k) =>
          element(
            "div",
            { class: "slider" },
            element("span", { "aria-hidden": "true" }, `Input ${k + 1}`),
            slider,
            number,
          ),
        ),
        channels > 0 ? zero : null,
      );
    },
  };
}
