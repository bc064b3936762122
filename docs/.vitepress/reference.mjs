// Makes docs/reference: a page for every name behind every door, from the doc comments.
import { Application, Converter, LogLevel } from "typedoc";
import { doors, here } from "./doors.mjs";

/** @param wanted - specifiers of the doors to describe, two or more; all by default */
export async function writeReference(wanted = doors.map(({ specifier }) => specifier)) {
  const shown = doors.filter(({ specifier }) => wanted.includes(specifier));
  const app = await Application.bootstrapWithPlugins({
    tsconfig: here("../../tsconfig.build.json"),
    entryPoints: shown.map(({ source }) => source),
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    out: here("../reference"),
    docsRoot: here(".."),
    readme: "none",
    disableSources: true,
    githubPages: false,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeDeclarationFormat: "table",
    tableColumnSettings: { hideInherited: true, hideOverrides: true, hideModifiers: true, hideSources: true },
    sort: ["alphabetical"],
    groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Variables"],
    sortEntryPoints: false,
    // Types that a name behind a door is made of, but that no door offers by name, are shown without a link.
    validation: { notExported: false, invalidLink: false },
    logLevel: LogLevel.Error,
  });
  // A module is called as it is imported, not as its file is called.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const modules = project.children ?? [];
    for (const [i, module] of modules.entries()) if (shown[i]) module.name = shown[i].specifier;
  });
  const project = await app.convert();
  if (!project) throw new Error("the sources do not compile: npm run check says why");
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("typedoc reported errors");
}
