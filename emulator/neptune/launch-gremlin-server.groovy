import groovy.transform.CompileStatic
import org.apache.tinkerpop.gremlin.process.traversal.AnonymousTraversalSource
import org.apache.tinkerpop.gremlin.process.traversal.Bytecode
import org.apache.tinkerpop.gremlin.process.traversal.TraversalSource
import org.apache.tinkerpop.gremlin.process.traversal.strategy.finalization.ReferenceElementStrategy
import org.apache.tinkerpop.gremlin.process.traversal.util.BytecodeHelper
import org.apache.tinkerpop.gremlin.server.Context
import org.apache.tinkerpop.gremlin.server.GraphManager
import org.apache.tinkerpop.gremlin.server.GremlinServer
import org.apache.tinkerpop.gremlin.server.OpProcessor
import org.apache.tinkerpop.gremlin.server.Settings
import org.apache.tinkerpop.gremlin.server.op.OpLoader
import org.apache.tinkerpop.gremlin.server.op.OpProcessorException
import org.apache.tinkerpop.gremlin.server.op.traversal.TraversalOpProcessor
import org.apache.tinkerpop.gremlin.util.Tokens
import org.apache.tinkerpop.gremlin.util.function.ThrowingConsumer
import org.apache.tinkerpop.gremlin.util.message.RequestMessage
import org.apache.tinkerpop.gremlin.util.message.ResponseMessage
import org.apache.tinkerpop.gremlin.util.message.ResponseStatusCode

/**
 * Starts Gremlin Server 3.7 without script engines and without operations that evaluate scripts.
 * Arguments: the settings file, and a second name for the traversal source `g`.
 */
@CompileStatic
class LaunchGremlinServer {
  static void main(String[] args) {
    removeScriptOperations()
    Settings settings = Settings.read(args[0])
    GremlinServer server = new GremlinServer(settings)

    // Neptune returns elements without their properties.
    GraphManager graphs = server.serverGremlinExecutor.graphManager
    TraversalSource g = AnonymousTraversalSource.traversal()
      .withEmbedded(graphs.getGraph("graph"))
      .withStrategies(ReferenceElementStrategy.instance())
    graphs.putTraversalSource("g", g)
    graphs.putTraversalSource(args[1], g)

    // Standard input keeps the passphrase out of files, arguments and environments.
    BufferedReader input = System.in.newReader()
    settings.ssl.keyStore = settings.ssl.trustStore = input.readLine()
    settings.ssl.keyStorePassword = settings.ssl.trustStorePassword = input.readLine()
    server.start().exceptionally { Throwable failure ->
      System.err.println(failure.message)
      System.exit(1)
      null
    }
  }

  /**
   * No setting disables the processors "" and "session", which evaluate scripts.
   * https://github.com/apache/tinkerpop/blob/3.7.5/gremlin-server/src/main/java/org/apache/tinkerpop/gremlin/server/op/OpLoader.java
   */
  private static void removeScriptOperations() {
    def field = OpLoader.getDeclaredField("processors")
    field.accessible = true
    def processors = (Map<String, OpProcessor>) field.get(null)
    processors.clear()
    processors.put(TraversalOpProcessor.OP_PROCESSOR_NAME, new BytecodeProcessor())
  }
}

/** Executes bytecode. Refuses lambdas, which the server would compile with a script engine. */
@CompileStatic
class BytecodeProcessor extends TraversalOpProcessor {
  @Override
  ThrowingConsumer<Context> select(Context context) throws OpProcessorException {
    RequestMessage request = context.requestMessage
    Object query = request.args.get(Tokens.ARGS_GREMLIN)
    if (query instanceof Bytecode && BytecodeHelper.getLambdaLanguage((Bytecode) query).isPresent()) {
      String message = "Expected bytecode without lambdas."
      throw new OpProcessorException(message, ResponseMessage.build(request)
        .code(ResponseStatusCode.REQUEST_ERROR_INVALID_REQUEST_ARGUMENTS)
        .statusMessage(message)
        .create())
    }
    return super.select(context)
  }
}
