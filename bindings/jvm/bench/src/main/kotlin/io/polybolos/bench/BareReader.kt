package io.polybolos.bench

import com.google.protobuf.Any
import io.polybolos.DataFrame
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.plan.v1.Command
import io.polybolos.plan.v1.ContractVersion
import io.polybolos.plan.v1.Plan
import io.polybolos.plan.v1.Profile
import io.polybolos.plan.v1.SqlCommand
import org.apache.arrow.flight.FlightClient
import org.apache.arrow.flight.Location
import org.apache.arrow.flight.Ticket
import org.apache.arrow.memory.RootAllocator
import java.net.URI

/**
 * Arrow's own Flight client as anybody would set it up, without this library: what the client is compared with. Its connection has a
 * session of its own.
 */
internal class BareReader(url: String) : AutoCloseable {
    private val allocator = RootAllocator()
    private val client = URI(url).let { FlightClient.builder(allocator, Location.forGrpcInsecure(it.host, it.port)).build() }

    /** Runs a statement of SQL. */
    fun execute(text: String) {
        val version = ContractVersion.newBuilder().setProducer("bare Flight client")
        val command = Command.newBuilder().setSql(SqlCommand.newBuilder().setText(text))
        read(Plan.newBuilder().setVersion(version).setProfile(Profile.PROFILE_SURFACE).setCommand(command).build())
    }

    /** Reads the rows of a frame to their end; answers their bytes. */
    fun read(frame: DataFrame): Long = read(frame.plan().message)

    private fun read(plan: Plan): Long {
        val ticket = Ticket(Any.pack(ExecutePlan.newBuilder().setPlan(plan).build()).toByteArray())
        return client.getStream(ticket).use { stream ->
            generateSequence { if (stream.next()) bytesOf(stream.root) else null }.sum()
        }
    }

    override fun close() {
        client.close()
        allocator.close()
    }
}
