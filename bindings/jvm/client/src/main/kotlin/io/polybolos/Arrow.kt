package io.polybolos

import org.apache.arrow.memory.ArrowBuf
import java.lang.invoke.MethodHandles

/**
 * Makes Arrow work without flags of the JVM.
 *
 * Arrow reaches into `java.nio`, which a JVM from 17 on only opens to those that `--add-opens=java.base/java.nio=ALL-UNNAMED` names.
 * The same is done here from inside, once, before the first use of Arrow. Where a JVM refuses, Arrow's own error names the flag.
 */
public object Arrow {
    private val opened: Boolean by lazy { runCatching(::openNio).isSuccess }

    /** Opens `java.nio` to Arrow; answers whether that worked. A second call does nothing. */
    @JvmStatic
    public fun open(): Boolean = opened

    @Suppress("DEPRECATION")
    private fun openNio() {
        val field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe").apply { isAccessible = true }
        val unsafe = field.get(null) as sun.misc.Unsafe
        val trusted = MethodHandles.Lookup::class.java.getDeclaredField("IMPL_LOOKUP")
        val lookup = unsafe.getObject(unsafe.staticFieldBase(trusted), unsafe.staticFieldOffset(trusted)) as MethodHandles.Lookup
        val type = java.lang.invoke.MethodType.methodType(Void.TYPE, String::class.java, Module::class.java)
        val opens = lookup.findVirtual(Module::class.java, "implAddOpens", type)
        opens.invokeWithArguments(Any::class.java.module, "java.nio", ArrowBuf::class.java.module)
    }
}
