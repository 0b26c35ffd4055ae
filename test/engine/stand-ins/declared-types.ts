import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

/** An object's properties, as an SDK declares them. */
export type Shape = Readonly<Record<string, { readonly isOptional: boolean; readonly type: string }>>;

/** What a resource takes and gives. */
export interface ResourceType {
  readonly inputs: Shape;
  /** The type of each output that is never absent, as its declaration has it: `string`, `boolean`, `outputs.ec2.…[]`. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * The resource `token`, `aws:lambda/function:Function` or `awsx:ec2:Vpc`, as its SDK declares it: the `Args` interface and the
 * class.
 * @throws {Error} for a token that the SDK has no class of.
 */
export function readResourceType(token: string): ResourceType {
  const [packageName = "", path = "", className = ""] = token.split(":");
  // awsx has no file in its tokens: it is named after the class. What is in a package itself is in its `index`.
  const file = path.includes("/")
    ? path.replace(/^index\//, "")
    : `${path}/${className.charAt(0).toLowerCase()}${className.slice(1)}`;
  const source = parse(readDeclarations(packageName, file));
  const resource = source.statements
    .filter(ts.isClassDeclaration)
    .find(({ name }) => name?.text === className);
  if (!resource) throw new Error(`Expected ${file}.d.ts to declare the class ${className}.`);
  const outputs = resource.members.filter(ts.isPropertyDeclaration).flatMap((member) => {
    const type = /^pulumi\.Output<([\s\S]+)>$/.exec(member.type?.getText(source) ?? "")?.[1];
    return type && !/\| undefined$/.test(type) ? [[member.name.getText(source), type] as const] : [];
  });
  return { inputs: shapeOf(source, `${className}Args`), outputs: Object.fromEntries(outputs) };
}

/**
 * The object `name`, `lambda.FunctionVpcConfig`, that an SDK takes within the inputs of a resource.
 * @throws {Error} for a name that the SDK does not declare.
 */
export function readNestedShape(packageName: string, name: string): Shape {
  const [namespace = "", interfaceName = ""] = name.split(".");
  // The file has some megabytes: only the interface is parsed.
  const text = readDeclarations(packageName, "types/input");
  const start = text.indexOf(`    interface ${interfaceName} {`, text.indexOf(`namespace ${namespace} {`));
  if (start < 0) throw new Error(`Expected types/input.d.ts to declare ${name}.`);
  return shapeOf(parse(text.slice(start, text.indexOf("\n    }", start) + 6)), interfaceName);
}

function shapeOf(source: ts.SourceFile, interfaceName: string): Shape {
  const declared = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find(({ name }) => name.text === interfaceName);
  if (!declared) throw new Error(`Expected the declaration of ${interfaceName}.`);
  const members = declared.members.filter(ts.isPropertySignature).map(({ name, questionToken, type }) => {
    const property = { isOptional: questionToken !== undefined, type: type?.getText(source) ?? "" };
    return [name.getText(source), property] as const;
  });
  return Object.fromEntries(members);
}

const require = createRequire(import.meta.url);

function readDeclarations(packageName: string, file: string): string {
  const root = dirname(require.resolve(`@pulumi/${packageName}/package.json`));
  return readFileSync(join(root, `${file}.d.ts`), "utf8");
}

const parse = (text: string) => ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest);
