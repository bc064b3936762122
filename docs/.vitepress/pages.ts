/** The guides in reading order: title in the sidebar, and the pages below it by their file names. */
export const guides: readonly { readonly text: string; readonly pages: Readonly<Record<string, string>> }[] =
  [
    {
      text: "Begin",
      pages: {
        start: "From a file to an answer",
        formats: "Which network do I have",
        concepts: "Fixed, slow, ghost",
        "how-to-choose": "Choosing a method",
        spectrum: "Reading a spectrum",
      },
    },
    {
      text: "Mechanisms",
      pages: { "mechanism-study": "The mechanisms study", mechanisms: "What came out" },
    },
    {
      text: "Capacity",
      pages: {
        "capacity-study": "The capacity study",
        capacity: "What came out",
        "memory-measures": "Measures of memory",
      },
    },
    { text: "Proof", pages: { proof: "What is proved", "proof-bounds": "The bounds behind it" } },
    { text: "Look", pages: { report: "The report", playground: "The playground" } },
    { text: "Many networks", pages: { parallel: "Many processors", sweeps: "Sweeps" } },
    { text: "Command line", pages: { cli: "The command", json: "JSON" } },
    { text: "Performance", pages: { speed: "How fast" } },
    { text: "Extending", pages: { extending: "Your own parts", architecture: "Architecture" } },
  ];
