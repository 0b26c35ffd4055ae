/**
 * The element with this id, which index.html has.
 * @throws {Error} when it has none of this type: the page and its script are not of the same deployment.
 */
export function findElement<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`Expected index.html to have a ${type.name} with the id ${id}. Deploy the page again.`);
}
