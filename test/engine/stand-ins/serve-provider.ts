import grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DiffRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { checkInputs } from "./check-inputs.ts";
import { createResource, diffInputs, type Properties, previewResource, updateResource } from "./resources.ts";

let region = "";

const handlers = {
  checkConfig: unary((request: CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new messages.DiffResponse().setChanges(NO_CHANGES)),
  configure: unary((request: ConfigureRequest) => {
    region = request.getVariablesMap().get("aws:config:region") ?? "";
    return new messages.ConfigureResponse().setSupportspreview(true);
  }),
  check: unary((request: CheckRequest) => {
    const failures = checkInputs(request.getType(), read(request.getNews()));
    return new messages.CheckResponse()
      .setInputs(request.getNews())
      .setFailuresList(
        failures.map(({ property, reason }) =>
          new messages.CheckFailure().setProperty(property).setReason(reason),
        ),
      );
  }),
  diff: unary((request: DiffRequest) => {
    const { changed, replaces } = diffInputs(
      request.getType(),
      read(request.getOldInputs()),
      read(request.getNews()),
    );
    return new messages.DiffResponse()
      .setChanges(changed.length > 0 ? CHANGES : NO_CHANGES)
      .setDiffsList(changed)
      .setReplacesList(replaces);
  }),
  create: unary((request: CreateRequest) => {
    const inputs = read(request.getProperties());
    const response = new messages.CreateResponse();
    if (request.getPreview())
      return response.setProperties(write(previewResource(request.getType(), inputs)));
    const { id, outputs } = createResource(request.getType(), request.getName(), inputs, region);
    return response.setId(id).setProperties(write(outputs));
  }),
  update: unary((request: UpdateRequest) => {
    const [before, after] = [read(request.getOlds()), read(request.getNews())];
    const outputs = updateResource(request.getType(), before, after, request.getPreview());
    return new messages.UpdateResponse().setProperties(write(outputs));
  }),
  delete: unary(() => new empty.Empty()),
};

const NO_CHANGES = messages.DiffResponse.DiffChanges.DIFF_NONE;
const CHANGES = messages.DiffResponse.DiffChanges.DIFF_SOME;

/**
 * Serves a stand-in provider plugin over gRPC, on a port printed to stdout. It checks property names, not
 * values, sets no defaults and keeps no state.
 * @param version of the provider SDK, which the engine compares.
 */
export function serveProvider(version: string): void {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  const getPluginInfo = unary(() => new plugin.PluginInfo().setVersion(version));
  server.addService(service.ResourceProviderService, { ...handlers, getPluginInfo });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    // The engine reads the port from the first line of stdout.
    process.stdout.write(`${port}\n`);
  });
}

function unary<Request, Response>(
  respond: (request: Request) => Response,
): grpc.handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    try {
      callback(null, respond(request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: String(error) });
    }
  };
}

function read(properties: struct.Struct | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

function write(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(properties as Record<string, struct.JavaScriptValue>);
}
