package io.polybolos.flight

import com.google.protobuf.Any
import com.google.protobuf.Message
import io.grpc.ManagedChannel
import io.polybolos.Address
import io.polybolos.ConnectOptions
import io.polybolos.InternalException
import io.polybolos.InvalidArgumentException
import io.polybolos.NotFoundException
import io.polybolos.PlanWriter
import io.polybolos.Polybolos
import io.polybolos.PolybolosException
import io.polybolos.QueryResult
import io.polybolos.Transport
import io.polybolos.UnavailableException
import io.polybolos.sessionClosed
import io.polybolos.flight.v1.Analyze
import io.polybolos.flight.v1.AnalyzeResult
import io.polybolos.flight.v1.AnalyzeWhat
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.CancelQuery
import io.polybolos.flight.v1.CancelQueryResult
import io.polybolos.flight.v1.Capabilities
import io.polybolos.flight.v1.ClientInfo
import io.polybolos.flight.v1.CloseSession
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.GetCapabilities
import io.polybolos.flight.v1.ListQueries
import io.polybolos.flight.v1.ListQueriesResult
import io.polybolos.flight.v1.OpenSession
import io.polybolos.flight.v1.PutReceipt
import io.polybolos.flight.v1.QueryInfo
import io.polybolos.flight.v1.SessionOpened
import io.polybolos.plan.v1.KeyValue
import org.apache.arrow.flight.Action
import org.apache.arrow.flight.CallHeaders
import org.apache.arrow.flight.CallOption
import org.apache.arrow.flight.FlightCallHeaders
import org.apache.arrow.flight.FlightClient
import org.apache.arrow.flight.FlightGrpcUtils
import org.apache.arrow.flight.GetSessionOptionsRequest
import org.apache.arrow.flight.HeaderCallOption
import org.apache.arrow.flight.SessionOptionValueFactory
import org.apache.arrow.flight.SetSessionOptionsRequest
import org.apache.arrow.flight.SetSessionOptionsResult
import org.apache.arrow.flight.Ticket
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.memory.RootAllocator
import org.apache.arrow.vector.ipc.ArrowReader
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean

/** One session on a server, over one HTTP/2 connection. */
internal class FlightTransport private constructor(
    private val address: Address,
    private val channel: ManagedChannel,
    override val allocator: BufferAllocator,
    private val token: String?,
) : Transport {
    private val client: FlightClient = FlightGrpcUtils.createFlightClient(allocator, channel)
    private val calls = Calls(address)
    private val closed = AtomicBoolean()
    private val running = Running()

    private lateinit var opened: SessionOpened
    private lateinit var headers: CallOption

    override val place: String get() = address.toString()

    override val isOpen: Boolean get() = !closed.get()

    private fun openSession(options: ConnectOptions) {
        headers = headers(session = null)
        val pairs = options.options.toSortedMap().map { (key, value) -> KeyValue.newBuilder().setKey(key).setValue(value).build() }
        val request = OpenSession.newBuilder().setClient(INFO).addAllOptions(pairs).build()
        val answer = ask(request, SessionOpened::class.java, Calls.within(options.connectTimeout))
        opened = answer
        headers = headers(answer.sessionId)
    }

    private fun headers(session: String?): CallOption {
        val headers: CallHeaders = FlightCallHeaders()
        token?.let { headers.insert("authorization", "Bearer $it") }
        session?.let { headers.insert("polybolos-session", it) }
        return HeaderCallOption(headers)
    }

    override fun execute(request: ExecutePlan): QueryResult {
        ensureOpen()
        val ticket = Ticket(Any.pack(request.toBuilder().setClient(INFO).build()).toByteArray())
        val start = { calls.made { FlightResult(calls, client.getStream(ticket, headers), request.operationId, allocator, this).opened() } }
        val result = if (request.plan.hasCommand()) start() else calls.retried(start)
        return result.also(running::add)
    }

    /** A result that is closed no longer has to be when the session ends. */
    fun ended(result: FlightResult) = running.remove(result)

    override fun analyze(request: Analyze): AnalyzeResult {
        ensureOpen()
        val runs = AnalyzeWhat.ANALYZE_WHAT_EXPLAIN_ANALYZE in request.whatList
        val question = { ask(request, AnalyzeResult::class.java) }
        return if (runs) question() else calls.retried(question)
    }

    override fun put(data: ArrowReader): PutReceipt = data.use {
        ensureOpen()
        calls.made { Upload(client, headers, allocator).send(it) }
    }

    override fun cancel(queryId: String): CancelOutcome {
        ensureOpen()
        return calls.retried { ask(CancelQuery.newBuilder().setQueryId(queryId).build(), CancelQueryResult::class.java) }.outcome
    }

    override fun queries(allStates: Boolean): List<QueryInfo> {
        ensureOpen()
        return calls.retried { ask(ListQueries.newBuilder().setAllStates(allStates).build(), ListQueriesResult::class.java) }.queriesList
    }

    override fun capabilities(): Capabilities {
        ensureOpen()
        val held = opened.capabilities
        val question = GetCapabilities.newBuilder().setClient(INFO).setIfNotEtag(held.etag).build()
        val now = calls.retried { ask(question, Capabilities::class.java) }
        return if (held.etag.isNotEmpty() && now.etag == held.etag) held else now
    }

    override fun setOptions(options: Map<String, String>): Map<String, String> {
        ensureOpen()
        if (options.isEmpty()) return calls.retried(::options)
        val values = options.mapValues { (_, text) -> SessionOptionValueFactory.makeSessionOptionValue(text) }
        val result = calls.made { client.setSessionOptions(SetSessionOptionsRequest(values), headers) }
        val known = options()
        if (result.hasErrors()) refuse(result, options, known)
        return known
    }

    private fun options(): Map<String, String> = calls.made { client.getSessionOptions(GetSessionOptionsRequest(), headers) }
        .sessionOptions.mapValues { (_, value) -> value.acceptVisitor(OptionText) }.toSortedMap()

    /** The first option that was refused; the standard tells no more than whether name or value was wrong. */
    private fun refuse(result: SetSessionOptionsResult, asked: Map<String, String>, known: Map<String, String>): Nothing {
        val (name, error) = result.errors.entries.minByOrNull { it.key } ?: throw InternalException("an option was refused without a name")
        if (error.value != SetSessionOptionsResult.ErrorValue.INVALID_NAME) {
            throw InvalidArgumentException("the session option $name does not take '${asked[name]}'")
        }
        throw InvalidArgumentException("the session has no option '$name'; there are ${known.keys.joinToString()}")
    }

    override fun close() {
        if (!closed.compareAndSet(false, true)) return
        running.closeAll()
        try {
            act(CloseSession.getDescriptor().fullName, CloseSession.getDefaultInstance(), Calls.within(CLOSE_WAIT))
        } catch (error: PolybolosException) {
            // A server that has gone took the session with it.
            if (error !is UnavailableException && error !is NotFoundException) throw error
        } finally {
            release()
        }
    }

    private fun release() {
        client.close()
        channel.shutdown()
        if (!channel.awaitTermination(1, TimeUnit.SECONDS)) channel.shutdownNow()
        allocator.close()
    }

    private fun ensureOpen() {
        if (!isOpen) throw sessionClosed()
    }

    /** Asks by the action that has the question's name; the answer is one message. */
    private fun <A : Message> ask(question: Message, answer: Class<A>, vararg options: CallOption): A {
        val name = question.descriptorForType.fullName
        val body = act(name, question, *options).firstOrNull() ?: throw InternalException("the server answered nothing to $name")
        return calls.unpacked(body, answer)
    }

    private fun act(name: String, question: Message, vararg options: CallOption): List<ByteArray> = calls.made {
        client.doAction(Action(name, Any.pack(question).toByteArray()), headers, *options).asSequence().map { it.body }.toList()
    }

    companion object {
        private val CLOSE_WAIT: java.time.Duration = java.time.Duration.ofSeconds(5)

        /** Who we are, and what we can read. */
        private val INFO: ClientInfo = ClientInfo.newBuilder()
            .setLanguage("jvm")
            .setLibrary("polybolos-client ${Polybolos.VERSION}")
            .setContractMinor(PlanWriter.CONTRACT_MINOR)
            .addAllAccepts(listOf("ipc.lz4", "ipc.zstd"))
            .build()

        /** The token as a header can hold it. What cannot be one must not get there: gRPC would log it. */
        private fun tokenOf(text: String): String {
            val token = text.trim()
            val odd = token.indexOfFirst { it !in '!'..'~' }
            if (odd >= 0) throw InvalidArgumentException("the token is none: its character ${odd + 1} is no letter, digit or sign of ASCII")
            return token
        }

        /** Connects and opens a session. */
        fun open(address: Address, options: ConnectOptions): FlightTransport {
            val token = options.token?.let(::tokenOf)
            val allocator = RootAllocator()
            val transport = FlightTransport(address, Channels.open(address, options), allocator, token)
            try {
                transport.openSession(options)
            } catch (error: Throwable) {
                transport.release()
                throw error
            }
            return transport
        }
    }
}

/** The results that are still open, which a session closes with itself. */
private class Running {
    private val results: MutableSet<FlightResult> = java.util.Collections.newSetFromMap(java.util.concurrent.ConcurrentHashMap())

    fun add(result: FlightResult) {
        results.add(result)
    }

    fun remove(result: FlightResult) {
        results.remove(result)
    }

    fun closeAll() = results.toList().forEach(FlightResult::close)
}
