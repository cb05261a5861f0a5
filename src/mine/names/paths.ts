/** Separates the names of a category path in `Catalogue.categoryNames`. */
export const PATH_SEPARATOR = ' > '

/** The names of a category path, broad to fine. */
export function splitPath(name: string): string[] {
  return name.split(PATH_SEPARATOR)
}

/** The finest name of a category path; a tag as it is. */
export function lastName(name: string): string {
  const at = name.lastIndexOf(PATH_SEPARATOR)
  return at < 0 ? name : name.slice(at + PATH_SEPARATOR.length)
}
