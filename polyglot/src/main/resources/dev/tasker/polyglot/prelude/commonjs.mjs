/*
 * `require` for CommonJS packages. The host finds and compiles their files; Node's own modules are not there.
 */

/**
 * @param find gives the path of a required module, or null
 * @param compile gives the function of a module's code
 * @param read gives the text of a file
 * @param searched tells where packages are looked for
 */
export function install(find, compile, read, searched) {
  const modules = new Map();

  function loaded(path) {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {}, id: path, filename: path, loaded: false };
    modules.set(path, module);
    try {
      if (path.endsWith(".json")) module.exports = JSON.parse(read(path));
      else run(path, module);
      module.loaded = true;
    } catch (error) {
      modules.delete(path);
      throw error;
    }
    return module.exports;
  }

  function run(path, module) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const require = (specifier) => {
      const found = find(folder, String(specifier));
      if (found === null) {
        const error = new Error(`Cannot find module '${specifier}' required from ${path}; ${searched()}`);
        error.code = "MODULE_NOT_FOUND";
        throw error;
      }
      return loaded(found);
    };
    compile(path).call(module.exports, module.exports, require, module, path, folder);
  }

  Object.defineProperty(globalThis, Symbol.for("tasker.require"), { value: loaded });
}
