import type { Kernel } from "../numeric/kernel.js";
import type { Activation } from "./activation.js";

/** `out = phi(a)`, elementwise, through the kernel where it has the function; `out` may be `a`. O(length). */
export function activate(kernel: Kernel, phi: Activation, a: Float64Array, out: Float64Array): void {
  if (phi.name === "tanh") kernel.tanh(a, out);
  else if (phi.name === "sigmoid") kernel.sigmoid(a, out);
  else if (phi.name === "retanh") {
    kernel.tanh(a, out);
    for (let p = 0; p < a.length; p++) out[p] = Math.max(out[p], 0);
  } else if (phi.name === "softplus" && out !== a) {
    for (let p = 0; p < a.length; p++) out[p] = -Math.abs(a[p]);
    kernel.exp(out, out);
    for (let p = 0; p < a.length; p++) out[p] = Math.max(a[p], 0) + Math.log1p(out[p]);
  } else for (let p = 0; p < a.length; p++) out[p] = phi.value(a[p]);
}
