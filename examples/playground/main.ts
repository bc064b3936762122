import { buildPlayground } from "./page/playground.js";
import "./style.css";

const host = document.getElementById("playground");
if (host) buildPlayground(host);
