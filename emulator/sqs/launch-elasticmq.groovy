import com.typesafe.config.Config
import com.typesafe.config.ConfigFactory
import groovy.transform.CompileStatic
import java.lang.reflect.Field
import java.security.KeyStore
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLEngine
import javax.net.ssl.TrustManagerFactory
import org.apache.pekko.actor.ActorSystem
import org.apache.pekko.actor.ExtendedActorSystem
import org.apache.pekko.http.scaladsl.ConnectionContext
import org.apache.pekko.http.scaladsl.Http$
import org.apache.pekko.http.scaladsl.HttpExt
import org.apache.pekko.http.scaladsl.ServerBuilder
import org.elasticmq.StrictSQSLimits$
import org.elasticmq.rest.sqs.SQSRestServerBuilder
import scala.Function0

/** Starts ElasticMQ on a free port of 127.0.0.1 behind mutual TLS. Arguments: region and account id. */
@CompileStatic
class LaunchElasticMq {
  static void main(String[] args) {
    // ElasticMQ keeps running without a server when binding fails.
    try {
      start(args[0], args[1])
    } catch (Throwable failure) {
      failure.printStackTrace()
      System.exit(1)
    }
  }

  private static void start(String region, String accountId) {
    Config config = ConfigFactory.load()
    ExtendedActorSystem system = (ExtendedActorSystem) ActorSystem.create("elasticmq", config)
    // Standard input keeps the passphrase out of files, arguments and environments.
    BufferedReader input = System.in.newReader()
    SSLContext tls = readTls(new File(input.readLine()), input.readLine().toCharArray())
    installHttp(system, new MutualTlsHttp(config.getConfig("pekko.http"), system, tls))
    // The strict limits are those of SQS: 1 MiB for a message and for a batch.
    SQSRestServerBuilder.withActorSystem(system)
      .withInterface("127.0.0.1")
      .withDynamicPort()
      .withSQSLimits(StrictSQSLimits$.MODULE$)
      .withAWSRegion(region)
      .withAWSAccountId(accountId)
      .start()
      .waitUntilStarted()
  }

  private static SSLContext readTls(File keyStore, char[] passphrase) {
    KeyStore store = KeyStore.getInstance("PKCS12")
    keyStore.withInputStream { InputStream bytes -> store.load(bytes, passphrase) }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.defaultAlgorithm)
    keys.init(store, passphrase)
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.defaultAlgorithm)
    trust.init(store)
    SSLContext context = SSLContext.getInstance("TLS")
    context.init(keys.keyManagers, trust.trustManagers, null)
    return context
  }

  /** ElasticMQ takes the HTTP extension from the actor system and has no setting for TLS. */
  private static void installHttp(ExtendedActorSystem system, HttpExt http) {
    Field extensions = system.class.getDeclaredField("extensions")
    extensions.accessible = true
    ((Map<Object, Object>) extensions.get(system)).put(Http$.MODULE$, http)
  }
}

/** Serves HTTPS only, to clients whose certificate is in the trust store. */
@CompileStatic
class MutualTlsHttp extends HttpExt {
  private final SSLContext tls

  MutualTlsHttp(Config config, ExtendedActorSystem system, SSLContext tls) {
    super(config, system)
    this.tls = tls
  }

  @Override
  ServerBuilder newServerAt(String host, int port) {
    SSLContext context = tls
    Function0<SSLEngine> createEngine = { ->
      SSLEngine engine = context.createSSLEngine()
      engine.useClientMode = false
      engine.needClientAuth = true
      return engine
    } as Function0<SSLEngine>
    return super.newServerAt(host, port).enableHttps(ConnectionContext.httpsServer(createEngine))
  }
}
