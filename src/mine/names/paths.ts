/** Joins the names of a path in `Catalogue.categoryNames` of kind 'paths'. */
export const PATH_SEPARATOR = ' > '

export function splitPath(name: string): string[] {
  return name.split(PATH_SEPARATOR)
}

/** The finest name of a path. */
export function lastName(name: string): string {
  const at = name.lastIndexOf(PATH_SEPARATOR)
  return at < 0 ? name : name.slice(at + PATH_SEPARATOR.length)
}
