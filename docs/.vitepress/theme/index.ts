import DefaultTheme from "vitepress/theme-without-fonts";
import { answerRunButtons } from "./run.js";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp() {
    if (!import.meta.env.SSR) answerRunButtons();
  },
};
