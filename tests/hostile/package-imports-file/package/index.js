// Each way in a module of its own: one that fails must not hide the next.
export const attempts = {
  json: () => import("./json.js"),
  text: () => import("./text.js"),
  code: () => import("./code.js"),
  relative: () => import("./relative.js"),
  require: () => import("./require.js"),
  computed: () => import(["file://@WORLD@", "beside.json"].join("/"), { with: { type: "json" } }),
};
