import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The properties of an object, as declared in an SDK. */
export type Shape = Readonly<Record<string, { readonly isOptional: boolean; readonly type: string }>>;

/** The inputs and outputs of a resource type. */
export interface ResourceType {
  readonly inputs: Shape;
  /** The declared type of each required output: `string`, `boolean`, `outputs.ec2.…[]`. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * The type of a resource, from the class and the `Args` interface in its SDK.
 * @param token such as `aws:lambda/function:Function` or `awsx:ec2:Vpc`.
 * @throws {Error} for a token without a class in the SDK.
 */
export function readResourceType(token: string): ResourceType {
  const [packageName = "", path = "", className = ""] = token.split(":");
  // Tokens of awsx have no file part: the file is named after the class. `index` is the root of a package.
  const file = path.includes("/")
    ? path.replace(/^index\//, "")
    : `${path}/${className.charAt(0).toLowerCase()}${className.slice(1)}`;
  const source = parse(readDeclarations(packageName, file));
  const resource = source.statements
    .filter(ts.isClassDeclaration)
    .find(({ name }) => name?.text === className);
  if (!resource) throw new Error(`Expected the class ${className} in ${file}.d.ts, got none.`);
  const outputs = resource.members.filter(ts.isPropertyDeclaration).flatMap((member) => {
    const type = /^pulumi\.Output<([\s\S]+)>$/.exec(member.type?.getText(source) ?? "")?.[1];
    return type && !/\| undefined$/.test(type) ? [[member.name.getText(source), type] as const] : [];
  });
  return { inputs: shapeOf(source, `${className}Args`), outputs: Object.fromEntries(outputs) };
}

/**
 * The shape of an object nested in resource inputs.
 * @param name such as `lambda.FunctionVpcConfig`.
 * @throws {Error} for a name that the SDK does not declare.
 */
export function readNestedShape(packageName: string, name: string): Shape {
  const [namespace = "", interfaceName = ""] = name.split(".");
  // The file has several megabytes; only the interface is parsed.
  const text = readDeclarations(packageName, "types/input");
  const start = text.indexOf(`    interface ${interfaceName} {`, text.indexOf(`namespace ${namespace} {`));
  if (start < 0) throw new Error(`Expected ${name} in types/input.d.ts, got none.`);
  return shapeOf(parse(text.slice(start, text.indexOf("\n    }", start) + 6)), interfaceName);
}

function shapeOf(source: ts.SourceFile, interfaceName: string): Shape {
  const declared = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find(({ name }) => name.text === interfaceName);
  if (!declared) throw new Error(`Expected the interface ${interfaceName}, got none.`);
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
