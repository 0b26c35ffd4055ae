/**
 * The element of index.html with this id and type.
 * @throws {Error} if there is none: index.html and the script come from different deployments.
 */
export function findElement<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`Expected index.html to contain a ${type.name} with the id ${id}. Deploy the page again.`);
}
