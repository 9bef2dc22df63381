package io.polybolos.flight

import io.grpc.ManagedChannel
import io.grpc.netty.GrpcSslContexts
import io.grpc.netty.NegotiationType
import io.grpc.netty.NettyChannelBuilder
import io.netty.handler.ssl.SslContext
import io.netty.handler.ssl.SslProvider
import io.polybolos.Address
import io.polybolos.ConnectOptions
import io.polybolos.InvalidArgumentException
import java.io.ByteArrayInputStream
import java.util.concurrent.TimeUnit

/** Connections to servers. */
internal object Channels {
    /** What may be under way of one result before we have read it, in bytes. The default of 1 MiB costs throughput. */
    private const val WINDOW_BYTES = 16 shl 20
    private const val KEEP_ALIVE_WAIT_SECONDS = 20L

    fun open(address: Address, options: ConnectOptions): ManagedChannel {
        val host = address.host.removeSurrounding("[", "]")
        val builder = NettyChannelBuilder.forAddress(host, address.port)
            .maxInboundMessageSize(Int.MAX_VALUE)
            .maxInboundMetadataSize(Int.MAX_VALUE)
            .initialFlowControlWindow(WINDOW_BYTES)
            .keepAliveTime(options.keepAlive.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEP_ALIVE_WAIT_SECONDS, TimeUnit.SECONDS)
            .withOption(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, options.connectTimeout.toMillis().toInt())
        if (address.tls) {
            builder.negotiationType(NegotiationType.TLS).sslContext(certificates(options))
            options.serverName?.let(builder::overrideAuthority)
        } else {
            if (options.certificates) {
                throw InvalidArgumentException("$address has no TLS, so certificates mean nothing: write grpc+tls://")
            }
            builder.usePlaintext()
        }
        return builder.build()
    }

    private fun certificates(options: ConnectOptions): SslContext = try {
        val context = GrpcSslContexts.configure(io.netty.handler.ssl.SslContextBuilder.forClient(), SslProvider.JDK)
        options.caCertificate?.let { context.trustManager(ByteArrayInputStream(it)) }
        options.clientCertificate?.let { (certificate, key) -> context.keyManager(ByteArrayInputStream(certificate), ByteArrayInputStream(key)) }
        context.build()
    } catch (error: IllegalArgumentException) {
        throw InvalidArgumentException("the certificates for TLS cannot be used: ${error.message}")
    }
}
